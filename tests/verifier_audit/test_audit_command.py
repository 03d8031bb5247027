"""`reasoners rewards audit` as a user calls it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CLI = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_table_of_a_strict_and_of_a_lenient_reading(cli: CLI) -> None:
    done = cli("rewards", "audit", "number", "--fail-on", "fp=0")
    assert done.returncode == 0, done.stderr
    assert "should not be paid, is (false positives)" in done.stdout
    assert "  hedge " in done.stdout
    lenient = cli("rewards", "audit", "number", "where=last", "--fail-on", "fp=0.02")
    assert lenient.returncode == 1
    assert "false positives: " in lenient.stderr
    assert "above 0.02" in lenient.stderr
    assert "e.g. negation: 'The answer is definitely not 42.' for 42 got 1" in lenient.stdout


def test_two_calls_print_the_same(cli: CLI) -> None:
    words = ("rewards", "audit", "exact", "--json")
    assert cli(*words).stdout == cli(*words).stdout


def test_rows_and_labels_from_files(cli: CLI, tmp_path: Path) -> None:
    rows, judged = tmp_path / "rows.csv", tmp_path / "judged.jsonl"
    rows.write_text("question,answer\n1+1,2\nhow?,5 or 6\n")
    judged.write_text(
        '{"completion": "2", "answer": "2", "label": true}\n'
        '{"completion": "two", "answer": "2", "label": 1}\n'
        '{"completion": "3", "answer": "2", "label": "false"}\n'
    )
    words = ("rewards", "audit", "number", "--data", rows, "--labelled", judged, "--fail-on", "fn=0.1")
    done = cli(*words, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [entry["reference"] for entry in found["unusable"]] == ["5 or 6"]
    labelled = [f for f in found["families"] if f["name"] == "labelled"]
    assert [(f["pays"], f["cases"], f["wrong"]) for f in labelled] == [(True, 2, 1), (False, 1, 0)]
    assert labelled[0]["low"] < 0.5 < labelled[0]["high"]
    assert found["failed"][0].startswith("false negatives: ")
    only = json.loads(cli("rewards", "audit", "number", "--labelled", judged, "--json").stdout)
    assert {f["name"] for f in only["families"]} == {"labelled"}


def test_an_audit_that_judged_nothing_does_not_pass(cli: CLI, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"answer": "no number"}\n')
    done = cli("rewards", "audit", "number", "--data", rows, "--fail-on", "fp=1")
    assert done.returncode == 1
    assert "no case was judged" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("number", "--fail-on", "fp"), "--fail-on takes fp=RATE and fn=RATE"),
        (("number", "--fail-on", "fp=2"), "--fail-on takes fp=RATE and fn=RATE"),
        (("number", "--data", "nowhere.jsonl"), "no file nowhere.jsonl"),
        (("number", "--data", "rows.txt"), "must end in .jsonl, .parquet, .csv"),
        (("number", "--labelled", "BAD"), "`label` must be true or false, got 'maybe'"),
        (("number", "--data", "BAD"), "needs column `answer`"),
        (("PLUGIN",), "has no fixtures.jsonl with these parameters beside it"),
    ],
)
def test_mistakes_are_named(cli: CLI, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    bad, plugin = tmp_path / "bad.jsonl", tmp_path / "mine.py"
    bad.write_text('{"completion": "x", "solution": "4", "label": "maybe"}\n')
    plugin.write_text(
        "from rewards import reward\n@reward()\ndef mine(completion: str) -> float:\n    return 0.0\n"
    )
    given = [{"BAD": str(bad), "PLUGIN": f"{plugin}:mine"}.get(word, word) for word in words]
    done = cli("rewards", "audit", *given)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
