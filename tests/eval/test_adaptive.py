"""Adaptive audits in reports and comparisons: told as such, and never counted with samples their outcome decided."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from eval import load_audit
from eval.adaptive import adaptive_caveats, adaptive_note, focused_difference, spread
from eval.analyses import audit_budget
from eval.interop.export import export_lm_eval
from rewards import Record, Rollout, Score, Source, Status, Verdict, write_records

from .specimen import BASE, TUNED, audit_folder

Cli = Callable[..., subprocess.CompletedProcess[str]]
FOCUS = {
    "k": 2,
    "pass_at_k": 0.4,
    "same_low": 0.3,
    "same_high": 0.55,
    "problems": 5,
    "samples": 80,
    "samples_per_problem": 16.0,
    "least": 8,
    "most": 40,
    "left_out": [],
}


def adaptive_folder(folder: Path, name: str, counts: dict[str, int], **changes: Any) -> Path:
    """Write an audit of 8 samples a problem, with 32 further samples of p2, all right and much longer."""
    audit_folder(folder, name, counts)
    more = [
        Record(
            Rollout(
                f"late {i}",
                prompt="p2",
                prompt_id="p2",
                index=i,
                completion_tokens=5000,
                source=Source(split="audit"),
            ),
            Verdict(1.0, True, Status.SCORED, {"number": Score(1.0)}),
        )
        for i in range(8, 40)
    ]
    write_records(folder / "records", "audit-00000001", more)
    data = json.loads((folder / "audit.json").read_text())
    (folder / "audit.json").write_text(json.dumps({**data, "focus": {**FOCUS, **changes}}))
    return folder


def test_the_note_says_what_rests_on_what(tmp_path: Path) -> None:
    view = load_audit(adaptive_folder(tmp_path / "a", "base", BASE))
    (said,) = adaptive_note(view)
    for text in (
        "first 8 samples",
        "pass@2 was uncertain (8 to 40 a problem, 16.0 on average)",
        "40.0 % [30.0, 55.0]",
    ):
        assert text in said
    assert spread(view) == "pass@2: 8 to 40 samples a problem, 16.0 on average"
    plain = load_audit(audit_folder(tmp_path / "b", "plain", BASE))
    assert (adaptive_note(plain), spread(plain), adaptive_caveats([plain, plain])) == ([], "", [])
    left = load_audit(adaptive_folder(tmp_path / "c", "c", BASE, left_out=["p1"]))
    assert "1 problem(s) with too few judged samples" in adaptive_note(left)[0]


def test_two_adaptive_figures_are_combined_by_square_and_add(tmp_path: Path) -> None:
    base = load_audit(adaptive_folder(tmp_path / "a", "base", BASE))
    tuned = replace(base, focus={**FOCUS, "pass_at_k": 0.6, "same_low": 0.5, "same_high": 0.68})
    found = focused_difference([base, tuned])
    assert found is not None
    at = found.difference
    assert at.estimate == pytest.approx(0.2)
    assert at.low == pytest.approx(0.2 - sqrt(0.1**2 + 0.15**2))
    assert at.high == pytest.approx(0.2 + sqrt(0.08**2 + 0.1**2))
    assert "pass@2 changes by +20.0 points [+2.0, +32.8]" in found.sentence()


@pytest.mark.parametrize("change", [{"k": 4}, {"left_out": ["p1"]}])
def test_adaptive_figures_of_different_things_are_not_compared(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    base = load_audit(adaptive_folder(tmp_path / "a", "base", BASE))
    other = replace(base, focus={**FOCUS, **change})
    assert focused_difference([base, other]) is None
    assert "are not compared" in adaptive_caveats([base, other])[-1]
    fewer = replace(base, summary=load_audit(audit_folder(tmp_path / "b", "b", {"p1": 1})).summary)
    assert focused_difference([base, fewer]) is None
    assert focused_difference([base, replace(base, focus=None)]) is None


def test_further_samples_enter_no_figure_but_the_focused_one(tmp_path: Path) -> None:
    plain = audit_folder(tmp_path / "plain", "base", BASE)
    folder = adaptive_folder(tmp_path / "a", "base", BASE)
    assert audit_budget(folder) == audit_budget(plain)
    for source, out in ((plain, "p"), (folder, "f")):
        export_lm_eval(source, tmp_path / out)
    lines = [(tmp_path / out / "samples_audit.jsonl").read_text() for out in "pf"]
    assert lines[0] == lines[1]


def test_every_command_writes_the_same_report(cli: Cli, tmp_path: Path) -> None:
    adaptive_folder(tmp_path / "base", "base", BASE)
    audit_folder(tmp_path / "tuned", "tuned", TUNED)
    done = cli("compare", "base", "tuned", "--out", "a.html", "--json", "a.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "base: Sampled adaptively" in done.stdout
    assert cli("report", "base", "tuned", "--out", "b.html", "--json", "b.json", cwd=tmp_path).returncode == 0
    page = (tmp_path / "a.html").read_text()
    assert page == (tmp_path / "b.html").read_text()
    for text in (
        "Guess control",
        "adaptive, further samples",
        "pass@2, adaptive",
        "G-Pass@8, tau 0.5",
        "Right within",
    ):
        assert text in page
    assert "late 8" not in page
    data = json.loads((tmp_path / "a.json").read_text())
    assert (data["adaptive"], data["caveats"][0][:23]) == (None, "base: Sampled adaptivel")
    other = json.loads((tmp_path / "b.json").read_text())
    assert other["audits"][0]["adaptive"]["most"] == 40
    assert other["audits"][1]["adaptive"] is None
    assert {x["name"] for x in other["consistency"]["differences"]} >= {"pass^8", "mG-Pass@4", "Cover@0.5"}


def test_several_models_are_told_too(cli: Cli, tmp_path: Path) -> None:
    adaptive_folder(tmp_path / "one", "one", BASE)
    for name in ("two", "three"):
        audit_folder(tmp_path / name, name, TUNED)
    done = cli("compare", "one", "two", "three", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "- one: Sampled adaptively" in done.stdout


def test_two_figures_on_the_same_k_share_a_card(cli: Cli, tmp_path: Path) -> None:
    adaptive_folder(tmp_path / "base", "base", BASE)
    adaptive_folder(tmp_path / "tuned", "tuned", TUNED, pass_at_k=0.6, same_low=0.5, same_high=0.68)
    done = cli("compare", "base", "tuned", "--out", "r.html", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["adaptive"]["difference"]["estimate"] == pytest.approx(0.2)
    assert data["caveats"][-1].startswith("For these problems, new samples, with the further samples of both")
    page = (tmp_path / "r.html").read_text()
    assert page.count("pass@2, adaptive</h3>") == 1
    assert "Difference at k = 2, adaptive" in page
    assert "+20.0 pts" in page
