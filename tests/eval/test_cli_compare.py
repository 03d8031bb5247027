"""`reasoners compare`, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .specimen import BASE, TUNED, audit_folder


def reasoners(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reasoners.cli.main", "compare", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def counts_file(path: Path, counts: dict[str, int], n: int = 8) -> Path:
    rows = [json.dumps({"problem_id": p, "n": n, "c": c}) for p, c in counts.items()]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return counts_file(tmp_path / "base.jsonl", BASE), counts_file(tmp_path / "tuned.jsonl", TUNED)


def test_counts_to_json_and_terminal(tmp_path: Path, files: tuple[Path, Path]) -> None:
    done = reasoners("--counts", *files, "--json", "out.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["new"], data["lost"], data["never"]) == (["p1"], ["p2"], ["<b>p4</b>"])
    assert data["k"][0]["difference"] == pytest.approx((20 - 13) / 40)
    assert (data["base_name"], data["tuned_name"]) == ("base", "tuned")
    assert "+17.5" in done.stdout
    assert "kept 2, new 1, lost 1, never 1" in done.stdout
    assert data["verdicts"][0].startswith("pass@1 rises by 17.5 points, from 32.5 % to 50.0 %")
    assert data["verdicts"][0] in " ".join(done.stdout.split())
    assert data["support"]["mcnemar"] == 1.0
    assert data["warnings"] == []


def test_json_to_the_terminal_is_all_there_is(tmp_path: Path, files: tuple[Path, Path]) -> None:
    done = reasoners("--counts", *files, "--k", "1,4", "--confidence", "0.9", "--json", cwd=tmp_path)
    data = json.loads(done.stdout)
    assert [row["k"] for row in data["k"]] == [1, 4]
    assert data["confidence"] == 0.9


def test_folders_to_a_report_with_samples_and_curves(tmp_path: Path) -> None:
    audit_folder(tmp_path / "a", "base", BASE)
    audit_folder(tmp_path / "b", "tuned", TUNED)
    (tmp_path / "run").mkdir()
    steps = [
        {"step": i, "reward": i / 9, "format/chain": i / 9, "format/direct": 1 - i / 9} for i in range(9)
    ]
    (tmp_path / "run" / "metrics.jsonl").write_text("".join(json.dumps(s) + "\n" for s in steps))
    done = reasoners("a", "b", "--run", "run", "--out", "deep/report.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "deep/report.html" in done.stdout
    html = (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    assert "tuned answers 0" in html
    assert "base answers 3" in html
    assert "Training runs" in html
    assert "Formats" in html
    assert "Guess control" in html
    assert "Groups without signal" not in html
    assert "one thing to know" in html


def test_audits_of_one_name_are_told_apart(tmp_path: Path) -> None:
    audit_folder(tmp_path / "before", "model", BASE)
    audit_folder(tmp_path / "after", "model", TUNED)
    data = json.loads(reasoners("before", "after", "--json", cwd=tmp_path).stdout)
    assert (data["base_name"], data["tuned_name"]) == ("before", "after")


def test_common_only(tmp_path: Path, files: tuple[Path, Path]) -> None:
    more = counts_file(tmp_path / "more.jsonl", {**TUNED, "extra": 1})
    done = reasoners("--counts", files[0], more, cwd=tmp_path)
    assert done.returncode == 2
    assert "1 only in tuned (`extra`)" in done.stderr
    assert "--common-only" in done.stderr
    done = reasoners("--counts", files[0], more, "--common-only", cwd=tmp_path)
    assert done.returncode == 0
    assert "1 problem" in done.stdout
    assert "warning: Left out on request: 1 that only tuned has." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--counts", "base.jsonl", "gone.jsonl"), "cannot read gone.jsonl"),
        (("--counts", "base.jsonl", "tuned.jsonl", "--k", "9"), "k=9 is more than the n=8"),
        (("--counts", "base.jsonl", "tuned.jsonl", "--k", "one"), "--k takes whole numbers"),
        (("--counts", "base.jsonl", "tuned.jsonl", "--confidence", "95"), "--confidence"),
        (("--counts", "base.jsonl", "tuned.jsonl", "--run", "nowhere"), "give --out too"),
        (
            ("--counts", "base.jsonl", "tuned.jsonl", "--run", "x", "--out", "r.html"),
            "give the folder of a run",
        ),
        (("base.jsonl", "tuned.jsonl"), "add --counts"),
        (("nowhere", "tuned.jsonl"), "holds no audit.json"),
        (("--counts", "base.jsonl"), "TUNED"),
        (("--counts", "base.jsonl", "tuned.jsonl", "--out", "base.jsonl/r.html"), "cannot write the report"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(
    tmp_path: Path, files: tuple[Path, Path], arguments: tuple[str, ...], says: str
) -> None:
    done = reasoners(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("base", "tuned"), [({"a": 0}, {"a": 8}), ({"a": 0, "b": 0}, {"a": 0, "b": 0})])
def test_one_problem_and_none_solved_are_told_as_they_are(
    tmp_path: Path, base: dict[str, int], tuned: dict[str, int]
) -> None:
    left, right = counts_file(tmp_path / "b.jsonl", base), counts_file(tmp_path / "t.jsonl", tuned)
    done = reasoners("--counts", left, right, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    if len(base) == 1:
        assert "One problem says nothing about others." in said
    else:
        assert "stays at 0.0 %" in said
        assert "surely neither better nor worse" in said
    data = json.loads(reasoners("--counts", left, right, "--json", cwd=tmp_path).stdout)
    assert data["crossover_interval"]["state"] == "unknown"
    assert (data["k"][0]["low"] is None) == (len(base) == 1)


def test_one_sample_has_no_crossover_to_speak_of(tmp_path: Path) -> None:
    left, right = (counts_file(tmp_path / f"{name}.jsonl", {"a": 0, "b": 1}, n=1) for name in "bt")
    done = reasoners("--counts", left, right, cwd=tmp_path)
    assert "cross" not in done.stdout
    assert "gap" not in done.stdout


def test_help_has_an_example(tmp_path: Path) -> None:
    done = reasoners("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "reasoners compare --counts base.jsonl tuned.jsonl --json out.json" in done.stdout


def test_a_problem_with_few_samples_is_named_where_it_ends_k(tmp_path: Path) -> None:
    rows = [
        *({"problem_id": f"p{i}", "n": 64, "c": i} for i in range(5)),
        {"problem_id": "s", "n": 1, "c": 0},
    ]
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files, said = ("--counts", "a.jsonl", "b.jsonl"), "k ends at 1: problem `s` has only 1 judged sample(s)"
    done = reasoners(*files, "--json", "out.json", cwd=tmp_path)
    assert said in done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["warnings"][0].startswith(said)
    assert said in reasoners(*files, "c.jsonl", cwd=tmp_path).stderr
    without = tmp_path / "rest.jsonl"
    without.write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]))
    assert "k ends" not in reasoners("--counts", without, without, cwd=tmp_path).stdout


def test_names_with_brackets_are_no_markup(tmp_path: Path) -> None:
    rows = [
        *({"problem_id": f"p{i}", "n": 64, "c": i} for i in range(5)),
        {"problem_id": "[/x]", "n": 1, "c": 0},
    ]
    (tmp_path / "[b].jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "t.jsonl").write_text((tmp_path / "[b].jsonl").read_text())
    done = reasoners("--counts", "[b].jsonl", "t.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "problem `[/x]` has only 1 judged sample(s)" in " ".join((done.stdout + done.stderr).split())


def test_a_high_confidence_is_not_rounded_to_certainty(tmp_path: Path, files: tuple[Path, Path]) -> None:
    done = reasoners("--counts", *files, "--confidence", "0.999", cwd=tmp_path)
    assert "99.9 %" in done.stdout
    assert "100%" not in done.stdout
