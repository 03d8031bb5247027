"""The guess control of an audit on disk: declared choices, answers, chats, masked samples, folders without records."""

from pathlib import Path
from typing import Any

import pytest

from eval import Count, EvalError
from eval.guess import VerifierErrors
from eval.guess.view import MOST_READ, audit_answers, declared_choices, load_guesses
from rewards import Record, Rollout, Score, Source, Status, Verdict, write_records


def record(problem: str, index: int, text: Any, correct: bool | None, columns: dict[str, Any]) -> Record:
    status = Status.BAD_REFERENCE if correct is None else Status.SCORED
    value = None if correct is None else float(correct)
    rollout = Rollout(text, "?", columns, problem, index, source=Source(split="audit"))
    return Record(rollout, Verdict(value, correct, status, {"exact": Score(value, status)}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    four, many = {"choices": ["w", "x", "y", "z"]}, {"options": [str(i) for i in range(10)]}
    rows = [record("four", i, "ABCD"[i % 4], i % 4 == 1, four) for i in range(MOST_READ + 8)]
    rows += [
        record("ten", i, [{"role": "assistant", "content": f"answer: {i % 3}"}], False, many)
        for i in range(6)
    ]
    rows += [
        record("open", 0, "12", True, {"answer": "12"}),
        record("open", 1, "13", None, {"choices": "none"}),
    ]
    write_records(tmp_path / "records", "audit-00000001", rows[: len(rows) // 2])
    write_records(tmp_path / "records", "audit-00000000", rows[len(rows) // 2 :])
    return tmp_path


def test_choices_are_read_from_the_columns(folder: Path) -> None:
    assert declared_choices(folder) == {"four": 4, "ten": 10}


def test_answers_are_read_from_texts_and_chats(folder: Path) -> None:
    found = audit_answers(folder, None, {"ten": "7"})
    each = MOST_READ // 4
    assert (found["four"].right, found["four"].correct) == (("b",), each)
    assert found["four"].wrong == {"a": each, "c": each, "d": each}
    assert (found["ten"].right, found["ten"].wrong) == (("7",), {"0": 2, "1": 2, "2": 2})
    assert (found["open"].correct, found["open"].unread) == (1, 1)
    assert audit_answers(folder, 3, {})["ten"].wrong == {"0": 1, "1": 1, "2": 1}


def test_an_audit_on_disk_is_controlled(folder: Path) -> None:
    counts = [Count("four", 72, 18), Count("ten", 6, 0), Count("open", 1, 1)]
    found = load_guesses(folder, counts, errors=VerifierErrors(1, 100, 1, 100))
    assert found.control.flagged == ["four"]
    assert {x.problem_id: x.basis for x in found.control.chances}["four"] == "choices"
    assert len(found.band) == len(found.control.rows)


def test_without_records_only_a_bare_run_tells(tmp_path: Path) -> None:
    counts = [Count("p", 64, 16)]
    assert load_guesses(tmp_path, counts).control.flagged == []
    found = load_guesses(tmp_path, counts, baseline=("bare", [Count("p", 64, 15), Count("q", 64, 15)]))
    assert (found.control.flagged, found.baseline, found.answers) == (["p"], "bare", {})
    with pytest.raises(EvalError, match="has none of the audit's problems"):
        load_guesses(tmp_path, counts, baseline=("bare", [Count("q", 64, 15)]))
