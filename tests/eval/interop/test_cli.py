"""Import, compare, export, import again: the figures stay."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ..specimen import BASE, TUNED, audit_folder

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_an_export_imported_again_has_the_same_counts(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "tuned"
    folder.mkdir()
    audit_folder(folder, "tuned", TUNED)
    out = tmp_path / "exported"
    found = cli("export", folder, "--out", out, "--task", "sums")
    assert found.returncode == 0, found.stderr
    results = json.loads((out / "results.json").read_text())
    before = json.loads((folder / "audit.json").read_text())["summary"]
    for row in before["k"]:
        assert results["results"]["sums"][f"pass@{row['k']},none"] == row["pass_at_k"]
    samples = out / "samples_sums.jsonl"
    again = tmp_path / "again"
    assert cli("import", "lm-eval", samples, "--out", again).returncode == 0
    after = json.loads((again / "audit.json").read_text())
    assert {r["problem_id"]: r for r in after["summary"]["per_problem"]} == {
        r["problem_id"]: r for r in before["per_problem"]
    }
    assert after["prompts"] == {p: f"What is {p}?" for p in TUNED}


def test_clusters_are_the_unit_of_an_exports_error_and_come_back(cli: Cli, tmp_path: Path) -> None:
    """Each problem stands there twice, as one cluster: the error is that of the problems once, times G/(G-1)'s part."""
    right = {"a": [1, 0], "b": [1, 1], "c": [0, 0], "d": [0, 1]}
    rows = [
        {"id": f"{name}{copy}", "correct": bool(value), "text": f"{name} {value} {at}", "cluster": name}
        for copy in (1, 2)
        for name, values in right.items()
        for at, value in enumerate(values)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = cli("import", "plain", tmp_path / "rows.jsonl", "--out", tmp_path / "audit", "--k", "1,2")
    assert made.returncode == 0, made.stderr
    exported = cli("export", tmp_path / "audit", "--out", tmp_path / "out", "--task", "t")
    assert exported.returncode == 0, exported.stderr
    figures = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["t"]
    each = [sum(values) / 2 for values in right.values()]
    assert figures["pass@1_stderr,none"] == pytest.approx(statistics.stdev(each) / math.sqrt(4))
    again = tmp_path / "again"
    assert cli("import", "lm-eval", tmp_path / "out" / "samples_t.jsonl", "--out", again).returncode == 0
    summaries = [
        json.loads((tmp_path / name / "audit.json").read_text())["summary"] for name in ("audit", "again")
    ]
    assert summaries[0]["clusters"] == summaries[1]["clusters"] == 4
    assert summaries[0]["per_problem"] == summaries[1]["per_problem"]


def test_a_name_with_brackets_is_no_markup(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,n,c\na,8,1\nb,8,2\n")
    made = cli("import", "plain", tmp_path / "rows.csv", "--out", tmp_path / "audit", "--name", "[/x]")
    assert made.returncode == 0, made.stderr
    assert "[/x]" in made.stdout


def test_imports_are_compared_like_audits(cli: Cli, tmp_path: Path) -> None:
    for name, counts in (("base", BASE), ("tuned", TUNED)):
        rows = [f"{p},8,{c}" for p, c in counts.items()]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,n,c", *rows]) + "\n")
        found = cli("import", "plain", tmp_path / f"{name}.csv", "--out", tmp_path / name, "--k", "1,8")
        assert found.returncode == 0, found.stderr
        assert "Imported from plain" in found.stdout
    compared = cli("compare", tmp_path / "base", tmp_path / "tuned", "--out", tmp_path / "report.html")
    assert compared.returncode == 0, compared.stderr
    assert (tmp_path / "report.html").stat().st_size > 1000
    refused = cli("import", "plain", tmp_path / "base.csv", "--out", tmp_path / "tuned")
    assert refused.returncode == 2
    assert "holds an audit already" in refused.stderr


def test_an_import_of_the_same_samples_twice_says_alarm(cli: Cli, tmp_path: Path) -> None:
    rows = [{"id": p, "correct": p == "a", "text": f"{p} is it"} for p in "abc"]
    other = [{**row, "text": f"{row['text']}, perhaps"} for row in rows]
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path, content in zip(paths, (rows, other), strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in content))
    found = cli("import", "plain", paths[0], paths[0], "--out", tmp_path / "same")
    assert "ALARM: all samples of 3 of 3 problems are identical" in found.stdout
    assert "one run, file or cached answer read twice" in " ".join(found.stdout.split())
    assert json.loads((tmp_path / "same" / "audit.json").read_text())["rates"]["duplicate"] == 0.5
    found = cli("import", "plain", *paths, "--out", tmp_path / "different")
    assert "ALARM" not in found.stdout
    assert json.loads((tmp_path / "different" / "audit.json").read_text())["rates"]["duplicate"] == 0


def test_samples_without_text_raise_no_alarm(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,correct\na,1\na,1\nb,0\nb,0\n")
    found = cli("import", "plain", tmp_path / "s.csv", "--out", tmp_path / "out")
    assert (found.returncode, "ALARM" in found.stdout) == (0, False)
    assert "duplicate" not in json.loads((tmp_path / "out" / "audit.json").read_text())["rates"]


def test_a_mean_over_identical_responses_says_alarm_too(cli: Cli, tmp_path: Path) -> None:
    row = {
        "doc_id": 0,
        "resps": [["a"] * 4],
        "filtered_resps": [["a"] * 4],
        "filter": "f",
        "metrics": ["pass@1"],
    }
    (tmp_path / "s.jsonl").write_text(json.dumps({**row, "pass@1": 0.25}) + "\n")
    found = cli("import", "lm-eval", tmp_path / "s.jsonl", "--out", tmp_path / "out")
    assert "ALARM: all samples of 1 of 1 problems" in found.stdout
    result = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert [(r["n"], r["c"]) for r in result["summary"]["per_problem"]] == [(4, 1)]
    assert result["rates"] == {"duplicate": 0.75}


def test_an_import_names_the_problem_that_ends_k(cli: Cli, tmp_path: Path) -> None:
    rows = ["id,n,c", *(f"p{i},64,{i}" for i in range(5)), "short,1,0"]
    (tmp_path / "c.csv").write_text("\n".join(rows) + "\n")
    said = "k ends at 1: problem `short` has only 1 judged sample(s), while the median is 64."
    assert said in cli("import", "plain", tmp_path / "c.csv", "--out", tmp_path / "out").stdout
    assert any(
        note.startswith(said) for note in json.loads((tmp_path / "out/audit.json").read_text())["notes"]
    )
    asked = cli("import", "plain", tmp_path / "c.csv", "--out", tmp_path / "asked", "--k", "1")
    assert "k ends" not in asked.stdout


def test_half_a_character_is_stored_and_the_import_is_no_edited_file(cli: Cli, tmp_path: Path) -> None:
    rows = [
        {
            "id": f"p{i}\ud83d",
            "correct": i > 1,
            "text": f"{i} \udfff",
            "prompt": "broken \ud83d",
            "answer": "\ud83d",
        }
        for i in range(4)
    ]
    for name in ("base", "tuned"):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        made = cli("import", "plain", tmp_path / f"{name}.jsonl", "--out", tmp_path / name, "--k", "1")
        assert made.returncode == 0, made.stderr
    assert json.loads((tmp_path / "base/audit.json").read_text())["prompts"]["p0?"] == "broken ?"
    compared = cli("compare", tmp_path / "base", tmp_path / "tuned", "--out", tmp_path / "report.html")
    assert compared.returncode == 0, compared.stderr
    exported = cli("export", tmp_path / "base", "--out", tmp_path / "out")
    assert exported.returncode == 0, exported.stderr


def test_a_mistake_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    for words, said in (
        (["import", "plian", "f", "--out", "o"], "Did you mean `plain`"),
        (["import", "plain", "none.jsonl", "--out", "o"], "cannot read none.jsonl"),
        (["export", "nowhere", "--out", "o"], "holds no audit.json"),
    ):
        found = cli(*words, cwd=tmp_path)
        assert found.returncode == 2, found.stdout
        assert said in found.stderr
        assert "Traceback" not in found.stderr
