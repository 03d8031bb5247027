"""Files of rows: what is none is one sentence with file and row, and a byte order mark is no part of a name."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.suites.load import read_rows

Cli = Callable[..., subprocess.CompletedProcess[str]]
ROWS = [{"problem": "1+1", "answer": "2"}, {"problem": "Grüße", "answer": "ß"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"data": ROWS}, "expected a list of objects, one per row, got an object. Its `data` is one: write that list"),
        ({"a": ROWS, "b": []}, "got an object.$"),
        ({"0": ROWS[0]}, "got an object.$"),
        ("text", "got str.$"),
        (3, "got int.$"),
        (["1+1"], "row 0: expected an object, got str"),
        ([ROWS[0], [ROWS[1]]], "row 1: expected an object, got list"),
    ],
)  # fmt: skip
def test_json_that_is_no_list_of_objects_is_named(tmp_path: Path, content: Any, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content))
    with pytest.raises(EvalError, match=rf"x\.json.*{said}"):
        list(read_rows(path))


@pytest.mark.parametrize("text", ["{", "[" * 100_000])
def test_json_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(EvalError, match=r"cannot read .*x\.json"):
        list(read_rows(path))


def test_a_broken_line_names_its_file_once(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("[1]\n")
    with pytest.raises(EvalError) as refused:
        list(read_rows(path))
    assert str(refused.value) == f"{path}, line 1: expected an object, got list."


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_a_byte_order_mark_is_no_part_of_the_rows(tmp_path: Path, kind: str) -> None:
    text = {
        "json": json.dumps(ROWS),
        "jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
        "csv": "problem,answer\r\n1+1,2\r\nGrüße,ß\r\n",
    }[kind]
    path = tmp_path / f"rows.{kind}"
    path.write_text(text, encoding="utf-8-sig")
    assert list(read_rows(path)) == ROWS


def test_commands_say_it_in_one_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"data": ROWS}))
    (tmp_path / "y.json").write_text(json.dumps(["a b c"]))
    for words, said in (
        (("audit", "--benchmark", "math500", "--data", "x.json", "--model", "m", "--out", "o"), "Its `data` is one"),
        (("benchmarks", "overlap", "math500", "--train", "y.json", "--data", "z.jsonl"), "row 0: expected an object"),
    ):  # fmt: skip
        (tmp_path / "z.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        found = cli(*words, cwd=tmp_path)
        assert (found.returncode, "Traceback" in found.stderr) == (2, False), found.stderr
        assert said in " ".join(found.stderr.split())
