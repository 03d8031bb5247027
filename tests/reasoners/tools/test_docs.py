"""The page on tools: its example is a config, its table names every shipped tool and parameter."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import yaml

from reasoners.config import parse_config
from reasoners.tools import SHIPPED
from reasoners.tools.fit import check_fit

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "tools.md").read_text()


def test_its_example_is_a_config() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    config = parse_config(yaml.safe_load(block))
    check_fit(config)
    assert {tool.name for tool in config.tools} == {*SHIPPED, "my_tools.py:weather"}


def test_its_table_has_every_tool_and_parameter() -> None:
    for name, make in SHIPPED.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        for parameter in inspect.signature(make).parameters:
            assert f"`{parameter}`" in row or parameter == "max_chars", (name, parameter)
