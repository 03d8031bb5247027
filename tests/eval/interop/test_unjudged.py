"""Scores that are no verdicts, and samples without one, are refused or told: never a silent zero."""

import json
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.interop.read import read_foreign, write_import


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def harness(values: list[float]) -> list[dict[str, object]]:
    return [
        {"doc_id": i, "filter": "none", "metrics": ["f1"], "f1": v, "resps": [[f"a{i}"]], "target": "t"}
        for i, v in enumerate(values)
    ]


@pytest.mark.parametrize("kind", ["lm-eval", "plain"])
def test_mostly_parts_are_refused_and_a_few_are_told(tmp_path: Path, kind: str) -> None:
    def read(values: list[float]) -> list[str]:
        plain: list[dict[str, object]] = [{"id": i, "f1": v} for i, v in enumerate(values)]
        path = lines(tmp_path / "a.jsonl", plain if kind == "plain" else harness(values))
        found = read_foreign(kind, [path], "f1" if kind == "plain" else None)
        assert sum(x.c for x in found.all_counts()) == values.count(1.0)
        return found.notes

    with pytest.raises(EvalError, match=r"3 of 4 scores `f1.*` are parts of 1.*--score"):
        read([0.9, 0.95, 0.5, 1.0])
    assert "1 of 4 scores are parts of 1 and count as not correct." in read([0.9, 0.0, 1.0, 1.0])
    assert not any("parts of 1" in note for note in read([0.0, 0.0, 1.0, 1.0]))


def test_unjudged_samples_and_problems_left_out_are_told(tmp_path: Path) -> None:
    rows = [{"id": p, "correct": c} for p in "xy" for c in (True, False, None)] + [
        {"id": "z", "correct": None}
    ]
    made = write_import(tmp_path / "a", read_foreign("plain", [lines(tmp_path / "a.jsonl", rows)]), "m")
    assert "3 of 7 samples were not judged and enter no figure." in made["notes"]
    assert "1 problem(s) without a judged sample are left out, the first `z`." in made["notes"]
    made = write_import(tmp_path / "b", read_foreign("plain", [lines(tmp_path / "b.jsonl", rows[:2])]), "m")
    assert not any("judged" in note for note in made["notes"])


def test_rows_without_the_score_are_told(tmp_path: Path) -> None:
    rows = harness([1.0, 0.0, 1.0])
    del rows[1]["f1"]
    found = read_foreign("lm-eval", [lines(tmp_path / "a.jsonl", rows)])
    assert "1 of 3 rows of a.jsonl have no score `f1,none` and are left out." in found.notes
    assert len(found.all_counts()) == 2


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("inspect", {"samples": [{"id": 1, "scores": [1]}]}),
        ("inspect", {"samples": [{"id": 1, "scores": {"s": 1}}]}),
        ("inspect", {"samples": [{"id": 1, "epoch": "x", "scores": {"s": {"value": 1}}}]}),
        ("evalplus", {"eval": {"t": 3}}),
        ("evalplus", {"eval": {"t": [3]}}),
        ("evalplus", {"eval": {"t": {"base": [3], "plus": [3]}}}),
        ("plain", [3]),
        ("plain", 3),
        ("plain", {"a": 3}),
    ],
)
def test_a_file_of_another_shape_is_named(tmp_path: Path, kind: str, content: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(EvalError, match=r"a\.json"):
        read_foreign(kind, [path])
