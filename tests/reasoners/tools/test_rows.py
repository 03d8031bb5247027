"""Tools bound to rows: each sample's calls see its own row, and rows that cannot serve a tool stop a run early."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reasoners.tools import ToolEntry, bounded, checks_rows, load_tools
from reasoners.tools.rows import check_rows, environment, for_model, on_row, row_columns, split_tools
from rewards import ToolkitError
from rewards.errors import BadReference
from rewards.sql.tool import QueryError

pytest.importorskip("torch", reason="needs the extra [train]")


def script(*numbers: int) -> str:
    values = ", ".join(f"({n})" for n in numbers)
    return f"CREATE TABLE t (n INT); INSERT INTO t VALUES {values};"


def look(word: str, times: int = 1, *, page: str, note: str = "-") -> str:
    """Look a word up.

    Args:
        word: what.
        times: how often.
    """
    return f"{page}/{note}: {word * times}"


async def later(word: str, *, page: str) -> str:
    """Look a word up, later.

    Args:
        word: what.
    """
    return page + word


def test_columns_are_the_rows_and_the_rest_is_the_models() -> None:
    from transformers.utils import get_json_schema

    assert row_columns(look) == {"page": True, "note": False}
    assert split_tools([look, test_a_row_that_lacks_a_column_is_named]) == (
        [test_a_row_that_lacks_a_column_is_named],
        [look],
    )
    schema = get_json_schema(for_model(look))["function"]["parameters"]
    assert (list(schema["properties"]), schema["required"]) == (["word", "times"], ["word"])
    tool = on_row(bounded(look, 8), {"page": "p", "other": 1})
    assert tool(word="ab") == "p/-: ab"
    assert tool(word="ab", times=2) == "p/-: aba\n[cut: the first 8 characters of 9]"
    assert on_row(look, {"page": "p", "note": "n"})(word="ab") == "p/n: ab"
    assert asyncio.run(on_row(later, {"page": "p"})(word="ab")) == "pab"


def test_a_model_cannot_choose_the_rows_columns() -> None:
    for name in ("page", "note"):
        with pytest.raises(TypeError, match=f"no argument `{name}`"):
            on_row(look, {"page": "p"})(word="a", **{name: "mine"})


def test_an_environment_holds_one_sample() -> None:
    from transformers.utils import get_json_schema

    assert environment([for_model], {}) is None
    make = environment([look, later], {"train": [{"page": "a"}, {"page": "b"}], "eval": [{"page": "c"}]})
    assert make is not None
    one, two = make(), make()
    one.reset(split="train", row=0, prompt="?")
    two.reset(split="train", row=1, prompt="?")
    assert (one.look(word="x"), two.look(word="x")) == ("a/-: x", "b/-: x")
    one.reset(split="eval", row=0, prompt="?")
    assert (one.look(word="x"), asyncio.run(two.later(word="x"))) == ("c/-: x", "bx")
    assert get_json_schema(one.look) == get_json_schema(for_model(look))

    def reset(word: str, *, page: str) -> str:
        return word + page

    with pytest.raises(ToolkitError, match="cannot be called `reset`"):
        environment([reset], {})


def test_a_row_that_lacks_a_column_is_named() -> None:
    rows = [{"page": "p"}, {"page": None, "title": "t"}]
    check_rows([look], rows[:1], "train.jsonl")
    with pytest.raises(
        ToolkitError, match=r"^train\.jsonl, row 1: tool `look`: no column `page`.*page, title"
    ):
        check_rows([look], rows, "train.jsonl")


def test_a_tool_looks_at_each_kind_of_row_once() -> None:
    seen = []

    def check(row: Any) -> None:
        seen.append(row["page"])
        if row["page"] == "bad":
            raise BadReference("it is bad")

    tool = bounded(checks_rows(check)(lambda word, *, page: page), 9)
    tool.__name__ = "look"
    check_rows([tool], [{"page": p, "id": i} for i, p in enumerate("abba")], "here")
    assert seen == ["a", "b"]
    with pytest.raises(ToolkitError, match=r"^here, row 1: tool `look`: it is bad"):
        check_rows([tool], [{"page": "a"}, {"page": "bad"}], "here")


def test_sql_takes_each_rows_first_database_and_its_dialect() -> None:
    (sql,) = load_tools([ToolEntry.model_validate({"name": "sql", "params": {"max_rows": 1}})])
    assert row_columns(sql) == {"db": True, "dialect": False}
    query = "SELECT n FROM t ORDER BY n"
    assert on_row(sql, {"db": script(7)})(query=query) == "n\n7"
    assert on_row(sql, {"db": [script(1, 2), script(7)]})(query=query) == "n\n1\n(2 rows, the first 1 shown)"
    mysql = on_row(sql, {"db": script(7), "dialect": "mysql"})
    assert mysql(query="SELECT IF(n > 5, 1, 0) AS big FROM t LIMIT 0, 1").startswith("big\n1")
    with pytest.raises(QueryError, match="the query is not mysql"):
        mysql(query="SELECT `")
    with pytest.raises(TypeError, match="no argument `db`"):
        on_row(sql, {"db": script(7)})(query=query, db="/etc/passwd")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": "?"}, r"row 1: tool `sql`: no column `db`. The row has: question"),
        ({"db": "no/such.sqlite"}, r"row 1: tool `sql`: there is no database no/such\.sqlite"),
        ({"db": "CREATE TABL"}, r"row 1: tool `sql`: the script CREATE TABL fails"),
        ({"db": script(1), "dialect": "klingon"}, r"row 1: tool `sql`: the column `dialect`"),
        ({"db": __file__}, r"row 1: tool `sql`: the database .* neither an SQLite nor a DuckDB file"),
    ],
)
def test_a_row_without_a_usable_database_is_named(row: dict[str, Any], message: str) -> None:
    tools = load_tools([ToolEntry(name="sql")])
    with pytest.raises(ToolkitError, match=message):
        check_rows(tools, [{"db": script(1)}, row], "train.jsonl")


def sql_template(arguments: dict[str, str]) -> dict[str, Any]:
    from reasoners.models.tool_sums import RESPONSE_TEMPLATE

    template: dict[str, Any] = copy.deepcopy(RESPONSE_TEMPLATE)
    template["fields"]["tool_calls"]["transform"]["function"] = {"name": "sql", "arguments": arguments}
    return template


ASKS = {"=": "?:", "?": "n", "n": "$", ":": "9", "9": "$"}
"""Each turn calls `sql` or answers `9`, as likely; the query is the response template's."""


@pytest.fixture
def two_databases(tmp_path: Path) -> dict[str, str]:
    """Two questions, each about a database of its own; held-out ones about a third and a fourth."""
    files = {}
    for split, first in (("train", 1), ("eval", 3)):
        rows = [
            {"id": f"{split}{i}", "question": f"{i}=", "answer": "9", "db": [script(70 + i), script(0)]}
            for i in range(first, first + 2)
        ]
        path = tmp_path / f"{split}_sql.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files[split] = str(path)
    return files


def run(
    small_run: Callable[..., Path], model: Path, data: dict[str, str], **trl: Any
) -> tuple[Any, list[Any]]:
    from rich.console import Console

    from reasoners.config import load_config
    from reasoners.training import train
    from rewards import read_records

    path = small_run(
        model={"name": str(model), "precision": "fp32"},
        data=data,
        tools=["sql"],
        trl={
            "max_steps": 1,
            "learning_rate": 1e-6,
            "per_device_train_batch_size": 16,
            "num_generations": 8,
            "max_completion_length": 80,
            "max_tool_calling_iterations": 3,
            **trl,
        },
    )
    result = train(load_config(path), Console(quiet=True))
    rows = read_records(result.folder.root).to_pylist()
    return result.metrics, [
        (r["prompt_id"], json.loads(r["completion"]), json.loads(r["columns"])) for r in rows
    ]


def test_each_sample_of_a_batch_asks_its_own_database(
    small_run: Callable[..., Path], scripted: Callable[..., Path], two_databases: dict[str, str]
) -> None:
    model = scripted(ASKS, sql_template({"query": "select n from t"}))
    metrics, found = run(
        small_run,
        model,
        two_databases,
        eval_strategy="steps",
        eval_steps=1,
        per_device_eval_batch_size=16,
    )
    observed: dict[str, set[str]] = {}
    calls = 0
    for prompt_id, turns, columns in found:
        results = [t["content"] for t in turns if t["role"] == "tool"]
        observed.setdefault(prompt_id, set()).update(results)
        assert columns["tool_counts"]["executed"] == len(results)
        assert columns["tool_counts"]["requested"] == sum(len(t.get("tool_calls") or []) for t in turns)
        calls += len(results) if prompt_id.startswith("train") else 0
    assert observed == {"train1": {"n\n71"}, "train2": {"n\n72"}, "eval3": {"n\n73"}, "eval4": {"n\n74"}}
    assert metrics[0]["tools/executed"] == pytest.approx(calls / 16)
    assert metrics[0]["tools/failed"] == 0


def test_a_model_that_names_a_database_is_told_it_cannot(
    small_run: Callable[..., Path], scripted: Callable[..., Path], two_databases: dict[str, str]
) -> None:
    model = scripted(ASKS, sql_template({"query": "select n from t", "db": script(0)}))
    metrics, found = run(small_run, model, {"train": two_databases["train"]})
    results = {t["content"] for _, turns, _ in found for t in turns if t["role"] == "tool"}
    assert results == {str({"error": "sql() has no argument `db`"})}
    assert metrics[0]["tools/failed"] == metrics[0]["tools/executed"] > 0


def test_a_run_refuses_a_row_without_a_database_before_it_loads_a_model(
    small_run: Callable[..., Path], cli: Callable[..., Any], tmp_path: Path
) -> None:
    done = cli("train", small_run(tools=["sql"], model={"name": "no/such/model"}))
    assert done.returncode == 2
    assert "row 0: tool `sql`: no column `db`. The row has: answer, id, question" in " ".join(
        done.stderr.split()
    )
