"""`reasoners rewards score` and `list`, as a user or another program calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLUGIN = """
from rewards import group_reward, reward
import time

@reward("slow")
def slow(completion: str, *, words: str = "", limit: int = 3) -> float:
    while completion == "hang": time.sleep(1)
    return float(words in completion and len(completion) < limit)

@group_reward("together")
def together(rollouts, scores): return [0.0] * len(rollouts)
"""


def rewards(*words: str | Path, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "reasoners.cli.main", "rewards", *map(str, words)]
    return subprocess.run(command, input=data, capture_output=True, timeout=120)


def lines(text: bytes | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def score(tmp_path: Path, rows: list[Any], *words: str) -> tuple[list[dict[str, Any]], str]:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "scores.jsonl"
    cases.write_bytes(b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in rows))
    done = rewards("score", *words, "--in", cases, "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    return lines(out.read_bytes()), done.stdout.decode()


def test_each_row_gets_a_score_in_its_order(tmp_path: Path) -> None:
    rows = [{"completion": f"#### {i}", "answer": i if i % 3 else i + 1, "prompt": "?"} for i in range(1300)]
    found, summary = score(tmp_path, rows, "number")
    assert [r["value"] for r in found] == [float(bool(i % 3)) for i in range(1300)]
    assert all(set(r) == {"value", "status", "parts", "reason", "seconds"} for r in found)
    assert found[0]["reason"] == "got 0, expected 1"
    assert summary == "number: 1300 rows: 1300 scored; mean value 0.6662 over 1300.\n"


def test_rows_that_cannot_be_scored_keep_their_place(tmp_path: Path) -> None:
    rows = [
        {"completion": "#### 1", "answer": 1},
        {"answer": 1},
        {"completion": "#### 1"},
        b"not json\n",
        b"[1, 2]\n",
        b'{"completion": "\xff\xfe", "answer": 1}\n',
        b"[" * 100_000 + b"\n",
        b'{"completion": "1", "answer": ' + b"9" * 5000 + b"}\n",
        b"\n",
        {"messages": [{"role": "assistant", "content": "\ud800 42"}], "answer": "42"},
        {"messages": ["hello"], "answer": "42"},
        {"completion": "1", "answer": "unknown"},
        {"completion": "42 is larger than 51", "answer": "51"},
        b'{"completion": "#### 2", "answer": 2}',
    ]
    found, summary = score(tmp_path, rows, "number")
    statuses = [r["status"] for r in found]
    assert statuses == ["scored", *["error"] * 7, "unparsed", "error", "bad_reference", "unparsed", "scored"]
    assert [r["value"] for r in found] == [1.0, *[None] * 7, 0.0, None, None, 0.0, 1.0]
    assert "needs `completion`" in found[1]["reason"]
    assert "needs column `answer`" in found[2]["reason"]
    assert "not JSON" in found[3]["reason"]
    assert "holds a list" in found[4]["reason"]
    assert "13 rows: 8 error, 2 scored, 2 unparsed, 1 bad_reference; mean value 0.5000 over 4." in summary


def test_parameters_come_as_assignments(tmp_path: Path) -> None:
    row = {"completion": "42 is larger than 51", "answer": "51"}
    assert score(tmp_path, [row], "number", "where=last")[0][0]["value"] == 1.0
    marked = {"completion": "total # 42", "answer": "42"}
    assert score(tmp_path, [marked], "number", "where=marker", "marker=#")[0][0]["value"] == 1.0
    labelled = {"completion": "Sport.", "answer": "sport"}
    assert score(tmp_path, [labelled], "exact", "labels=[sport, art]")[0][0]["value"] == 1.0


def test_a_plugin_in_a_file_is_scored_under_a_deadline(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(PLUGIN)
    rows = [{"completion": c} for c in ("no", "hang", "yes", "no way")]
    words = (f"{path}:slow", "words=no", "--workers", "2", "--deadline", "1")
    found, summary = score(tmp_path, rows, *words)
    assert [r["value"] for r in found] == [1.0, 0.0, 0.0, 0.0]
    assert found[1]["status"] == "timeout"
    assert "1 timeout" in summary


def test_pipes_carry_the_scores_alone(tmp_path: Path) -> None:
    data = b'{"completion": "\xe2\x80\xa8#### 1", "answer": "1"}\n' * 3
    done = rewards("score", "number", "--in", "-", "--out", "-", data=data)
    assert [r["value"] for r in lines(done.stdout)] == [1.0] * 3
    assert b"3 rows: 3 scored" in done.stderr


def test_the_summary_as_json(tmp_path: Path) -> None:
    rows = [{"completion": "1", "answer": 1}, {"completion": "x", "answer": 1}, {"completion": "x"}]
    _, summary = score(tmp_path, rows, "number", "--json")
    statuses = {"scored": 1, "unparsed": 1, "error": 1}
    assert json.loads(summary) == {"rows": 3, "statuses": statuses, "mean": 0.5, "valued": 2}


def test_no_rows_at_all(tmp_path: Path) -> None:
    assert score(tmp_path, [], "number") == ([], "number: 0 rows: none; no value.\n")


def test_what_cannot_start_is_one_sentence_and_exit_status_two(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"completion": "1", "answer": "1"}\n')
    (tmp_path / "own.py").write_text(PLUGIN)
    out = tmp_path / "out.jsonl"
    calls: list[tuple[tuple[str | Path, ...], str]] = [
        (("numbr", "--in", cases, "--out", out), "Did you mean `number`?"),
        (("number", "wher=last", "--in", cases, "--out", out), "Did you mean `where`?"),
        (("number", "where=first", "--in", cases, "--out", out), "parameter `where` = 'first'"),
        (("number", "last", "--in", cases, "--out", out), "not of the form key=value"),
        (("number", "--in", tmp_path / "none.jsonl", "--out", out), "cannot open"),
        (("number", "--in", tmp_path, "--out", out), "cannot open"),
        (("number", "--in", cases, "--out", tmp_path / "no" / "where.jsonl"), "cannot open"),
        (("number", "--in", cases, "--out", cases), "same file"),
        (("reasoning_gym", "--in", cases, "--out", out), "needs parameter `task`"),
        ((f"{tmp_path / 'own.py'}:together", "--in", cases, "--out", out), "is a group reward"),
        (("number", "--in", cases), "Missing option '--out'"),
    ]
    for words, message in calls:
        done = rewards("score", *words)
        assert done.returncode == 2, (words, done.stderr)
        assert message in done.stderr.decode()
        assert b"Traceback" not in done.stderr
    assert cases.read_text() == '{"completion": "1", "answer": "1"}\n'
    assert not out.exists()


def test_a_full_disk_says_how_far_it_came(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    data = b'{"completion": "1", "answer": "1"}\n' * 5000
    done = rewards("score", "number", "--in", "-", "--out", "/dev/full", data=data)
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_list_says_what_a_reward_needs() -> None:
    listed = {row["name"]: row for row in json.loads(rewards("list", "--json").stdout)}
    number = listed["number"]
    assert (number["domain"], number["range"], number["cost"]) == ("math", [0.0, 1.0], "inline")
    assert (number["columns"], number["required"]) == (["answer"], [])
    assert number["parameters"]["where"] == "auto"
    assert listed["reasoning_gym"]["required"] == ["task"]
    assert listed["reasoning_gym"]["cost"] == "isolated"
    text = rewards("list").stdout.decode()
    for row in listed.values():
        assert row["summary"] in text


@pytest.mark.parametrize("words", [(), ("list",), ("score",)])
def test_help_shows_an_example(words: tuple[str, ...]) -> None:
    done = rewards(*words, "--help")
    assert done.returncode == 0
    assert b"reasoners rewards" in done.stdout
    assert b"Example" in done.stdout
