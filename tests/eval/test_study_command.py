"""`reasoners study`, and `reasoners compare` with several models, as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def reasoners(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reasoners.cli.main", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def scores(tmp_path: Path) -> list[dict[str, object]]:
    gain = {"base": 0.0, "tuned": 0.5}
    rows = [
        {"model": m, "task": f"t{t}", "seed": s, "score": g + s / 100 + t / 10}
        for m, g in gain.items()
        for t in range(3)
        for s in range(10)
    ]
    write(tmp_path / "scores.jsonl", rows)
    return rows


def test_a_study_to_terminal_and_json(tmp_path: Path, scores: list[dict[str, object]]) -> None:
    done = reasoners("study", "scores.jsonl", "--batch", 5, "--looks", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in ("IQM", "tuned", "these tasks, new seeds", "base and tuned differ", "Stop after"):
        assert said in done.stdout
    data = json.loads(reasoners("study", "scores.jsonl", "--json", cwd=tmp_path).stdout)
    assert data["models"]["base"]["mean"]["estimate"] == pytest.approx(0.145)
    assert data["probability_of_improvement"]["tuned"]["estimate"] == 1.0
    assert data["sequential"] is None
    assert (data["notes"], done.stderr) == ([], "")


def test_scores_above_the_target_of_the_gap_are_noted(
    tmp_path: Path, scores: list[dict[str, object]]
) -> None:
    percent = [{**row, "score": 100 * float(str(row["score"])) + 1} for row in scores]
    write(tmp_path / "scores.jsonl", percent)
    done = reasoners("study", "scores.jsonl", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = "59 of 60 scores are above 1 (up to 80)."
    assert said in done.stderr
    assert "Divide percent by 100." in done.stderr
    data = json.loads(done.stdout)
    assert data["notes"][0].startswith(said)
    assert data["models"]["tuned"]["optimality_gap"]["estimate"] == 0


def test_a_study_shows_every_limit_on_a_narrow_terminal(
    tmp_path: Path, scores: list[dict[str, object]]
) -> None:
    found = json.loads(reasoners("study", "scores.jsonl", "--json", cwd=tmp_path).stdout)["models"]["tuned"]
    done = reasoners("study", "scores.jsonl", "--confidence", 0.999, cwd=tmp_path)
    assert "99.9 % interval" in done.stdout
    done = reasoners("study", "scores.jsonl", cwd=tmp_path)
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert f"{found['mean']['low']:.3f} to {found['mean']['high']:.3f}" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"score": float("nan")}, "line 61: the score must be a finite number; got nan"),
        ({"score": "1"}, "finite number; got '1'"),
        ({"seed": 0}, "is given twice"),
        ({"task": "t9"}, "seeds on task `t9`"),
        ({"seed": 99}, "10 seeds on task `t1` and 11 on `t0`"),
    ],
)
def test_a_bad_row_is_one_sentence(
    tmp_path: Path, scores: list[dict[str, object]], change: dict[str, object], says: str
) -> None:
    write(
        tmp_path / "scores.jsonl",
        [*scores, {"model": "base", "task": "t0", "seed": 50, "score": 1.0, **change}],
    )
    done = reasoners("study", "scores.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_too_few_seeds_for_a_batch(tmp_path: Path, scores: list[dict[str, object]]) -> None:
    done = reasoners("study", "scores.jsonl", "--batch", 11, cwd=tmp_path)
    assert done.returncode == 2
    assert "the fewest are 10" in done.stderr


def counts(path: Path, cs: list[int]) -> None:
    write(path, [{"problem_id": str(i), "n": 8, "c": c} for i, c in enumerate(cs)])


def test_several_checkpoints_hold_together(tmp_path: Path) -> None:
    counts(tmp_path / "base.jsonl", [1, 2, 0, 4] * 20)
    counts(tmp_path / "early.jsonl", [1, 2, 1, 4] * 20)
    counts(tmp_path / "late.jsonl", [6, 7, 3, 8] * 20)
    words = ("compare", "--counts", "base.jsonl", "early.jsonl", "late.jsonl")
    done = reasoners(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "late against base: better at k = 1, 2, 4" in done.stdout
    data = json.loads(reasoners(*words, "--k", "1,8", "--json", cwd=tmp_path).stdout)
    assert data["baseline"] == "base"
    assert [(row["model"], row["k"]) for row in data["comparisons"]] == [
        ("early", 1),
        ("early", 8),
        ("late", 1),
        ("late", 8),
    ]
    assert reasoners(*words, "--out", "r.html", cwd=tmp_path).returncode == 2
    assert "given twice" in reasoners(*words, "late.jsonl", cwd=tmp_path).stderr
    counts(tmp_path / "late.jsonl", [6, 7])
    assert "late lacks 78" in reasoners(*words, cwd=tmp_path).stderr
    less = reasoners(*words, "--common-only", cwd=tmp_path)
    assert less.returncode == 0
    assert "warning: 78 problems" in less.stderr
