"""Tools by name: parameters, results that are bounded, and functions a model cannot be told about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reasoners.tools import ToolEntry, ToolError, bounded, count_cut, load_tools
from reasoners.tools.observation import cut_text
from reasoners.tools.search import search_tool
from rewards import ToolkitError

pytest.importorskip("transformers", reason="needs the extra [train]")


def load(*entries: Any) -> list[Any]:
    return load_tools([ToolEntry.model_validate(entry) for entry in entries])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "pages.jsonl"
    rows = [
        {"title": "Oslo", "text": "Oslo is the capital of Norway."},
        {"title": "Bergen", "text": "Bergen is a city in Norway with much rain."},
        {"title": "Rome", "text": "Rome is the capital of Italy. " + "long " * 200},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_shipped_tool_answers(corpus: Path) -> None:
    script = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2);"
    calculator, python, search, sql = load(
        "calculator",
        "python",
        {"name": "search", "params": {"corpus": str(corpus), "top": 1}},
        {"name": "sql", "params": {"db": script}},
    )
    assert calculator(expression="2+2") == "4"
    assert python(code="sum(range(4))") == "6"
    assert search(query="rain in Norway").startswith("[1] Bergen: Bergen is a city")
    assert sql(query="SELECT sum(a) AS total FROM t") == "total\n3"


def test_search_is_bounded_and_says_nothing_found(corpus: Path, tmp_path: Path) -> None:
    search = search_tool(str(corpus), top=2, passage_chars=40)
    assert search("capital").count("\n\n") == 1
    assert "..." in search("italy")
    assert search("zzz") == "nothing found"
    with pytest.raises(ToolError, match="no words"):
        search("?!")
    text = tmp_path / "notes.md"
    text.write_text("First one.\n\nSecond two.\n")
    assert search_tool(str(text))("second") == "[1] Second two."


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("calculater", "Did you mean `calculator`?"),
        ({"name": "python", "params": {"second": 1}}, "Did you mean `seconds`?"),
        ({"name": "python", "params": {"seconds": 0}}, "seconds above 0"),
        ("search", "needs the parameter `corpus`"),
        ({"name": "search", "params": {"corpus": "nowhere.jsonl"}}, "no corpus file nowhere.jsonl"),
        ({"name": "sql", "params": {"db": "CREATE TABL"}}, "tool `sql`"),
        ("nowhere.py:f", "no file"),
    ],
)
def test_a_tool_that_cannot_be_had_is_explained(entry: Any, message: str) -> None:
    with pytest.raises(ToolkitError) as error:
        load(entry)
    assert message in str(error.value)


def test_a_corpus_without_texts_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolkitError, match=r"row 0: no column `body`. It has: text, title"):
        search_tool(str(corpus), text="body")
    for name, content in (("empty.md", " \n\n "), ("words.csv", "text\n?!\n")):
        (tmp_path / name).write_text(content)
        with pytest.raises(ToolkitError, match="has no words"):
            search_tool(str(tmp_path / name))


GOOD = '''
def weather(city: str) -> str:
    """Say the weather of a city.

    Args:
        city: its name.
    """
    return "sun " * 10


def untyped(city):
    """Say the weather."""


def calculator(expression: str) -> str:
    """Compute.

    Args:
        expression: what.
    """
    return expression


thing = 1
'''


def test_a_function_of_a_file_is_a_tool(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(GOOD)
    (weather,) = load({"name": f"{path}:weather", "max_chars": 8})
    assert weather(city="Oslo") == "sun sun \n[cut: the first 8 characters of 40]"
    assert weather.__name__ == "weather"
    for entries, message in (
        ([f"{path}:untyped"], "Give each argument a type"),
        ([f"{path}:thing"], "has no function `thing`"),
        ([f"{path}:gone"], "has no function `gone`"),
        (["calculator", f"{path}:calculator"], "two tools are called `calculator`"),
        ([{"name": f"{path}:weather", "params": {"a": 1}}], "takes no `params`"),
    ):
        with pytest.raises(ToolkitError, match=message):
            load(*entries)


def test_a_cut_result_says_so_and_is_counted() -> None:
    assert cut_text("abc", 3) == "abc"
    assert cut_text("abcd", 3) == "abc\n[cut: the first 3 characters of 4]"
    (python,) = load({"name": "python", "max_chars": 10})
    long = python(code="print('x' * 10**6)")
    assert long == "x" * 10 + "\n[cut: the first 10 characters]"
    turns = [{"role": "tool", "content": text} for text in (long, "short", cut_text("abcd", 3))]
    assert count_cut(turns) == 2
    assert count_cut([{"role": "assistant", "content": long}]) == 0
    assert bounded(lambda: [{"type": "text", "text": "x" * 99}], 3)() == [{"type": "text", "text": "x" * 99}]


def test_an_async_tool_stays_async() -> None:
    import asyncio

    async def slow(word: str) -> str:
        """Say it twice.

        Args:
            word: what.
        """
        return word * 2

    assert asyncio.run(bounded(slow, 3)(word="ab")) == "aba\n[cut: the first 3 characters of 4]"
