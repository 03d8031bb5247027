"""The page on tools: its example is a config, its table names every shipped tool and parameter."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import yaml

from reasoners.config import parse_config
from reasoners.tools import SHIPPED, ToolEntry, load_tools, row_columns
from reasoners.tools.fit import check_fit
from reasoners.tools.rows import check_rows, on_row
from rewards import ToolkitError

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "tools.md").read_text()


def test_its_example_is_a_config() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    config = parse_config(yaml.safe_load(block))
    check_fit(config)
    assert {tool.name for tool in config.tools} == {*SHIPPED, "my_tools.py:weather"}


def test_the_sql_pages_example_is_a_config() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "sql.md").read_text(), flags=re.DOTALL)
    config = parse_config(yaml.safe_load(block))
    check_fit(config)
    (sql,) = load_tools(config.tools)
    assert row_columns(sql) == {"db": True, "dialect": False}


def test_its_tool_of_a_row_works(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "own.py").write_text(block)
    (passage,) = load_tools([ToolEntry(name=f"{tmp_path / 'own.py'}:passage")])
    check_rows([passage], [{"page": "one"}], "here")
    with pytest.raises(ToolkitError, match="here, row 0: tool `passage`: the page is empty"):
        check_rows([passage], [{"page": " "}], "here")
    assert on_row(passage, {"page": "one\n\ntwo"})(number=2) == "two"


def test_its_table_has_every_tool_and_parameter() -> None:
    for name, make in SHIPPED.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        for parameter in inspect.signature(make).parameters:
            assert f"`{parameter}`" in row or parameter == "max_chars", (name, parameter)
