"""Import, compare, export, import again: the figures stay."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

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
