"""What an earlier, larger audit left in a folder enters nothing that is said of the audit there now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.analyses import audit_budget, written_samples
from eval.engine import run_audit
from eval.errors import EvalError
from eval.extent import Extent, audit_rows
from eval.guess.view import audit_answers, declared_choices, load_guesses
from eval.interop.export import export_lm_eval
from eval.report.payload import build
from eval.sampling import Sampling
from eval.tally import Problem
from eval.twins import shared_texts
from eval.views import load_audit
from reasoners.audit_report import make_report
from reasoners.cli.analyse_figures import _rewarded
from rewards import BadReference, Suite, Term, reward

from .test_focus import Numbers

RATES = {"never": 0.0, "half": 0.5, "masked": -1.0, "mostly": 0.9, "always": 1.0}
PROBLEMS = [
    Problem(
        f"{name}{i}",
        f"{name}{i}",
        {"rate": rate, "answer": 0.5, **({"choices": ["a", "b"]} if i == 2 else {})},
    )
    for name, rate in RATES.items()
    for i in range(3)
]
KEPT = PROBLEMS[4:13]
SAMPLING = Sampling(max_new_tokens=2, seed=3)


@reward("under", cost="inline")
def under(completion: str, rate: float) -> float:
    """Pay for a number below the problem's rate; some problems cannot be judged."""
    if rate < 0:
        raise BadReference("no rate")
    return float(float(completion) < rate)


def audit(folder: Path, problems: list[Problem], n: int, sampling: Sampling = SAMPLING) -> Path:
    run_audit(
        folder, problems, Suite([Term(under.bind(), "under")]), Numbers(), n=n, sampling=sampling, name="m"
    )
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One audit in a folder that a larger one has left samples in, and in one of its own."""
    root = tmp_path_factory.mktemp("extent")
    audit(root / "again", PROBLEMS, 12)
    return audit(root / "again", KEPT, 8), audit(root / "fresh", KEPT, 8)


def test_the_folders_differ_in_what_they_store_and_not_in_what_they_say(pair: tuple[Path, Path]) -> None:
    again, fresh = pair
    assert (again / "audit.json").read_bytes() == (fresh / "audit.json").read_bytes()
    extent = Extent.read(again)
    assert extent == Extent(8, frozenset(p.id for p in KEPT))
    assert extent.holds("masked0", 7)
    assert not extent.holds("masked0", 8)
    assert not extent.holds("never0", 0)
    stored = [Extent().rows(audit_rows(folder, ())).num_rows for folder in pair]
    assert stored == [len(KEPT) * 8] * 2
    (again / "audit.json").rename(again / "aside")
    try:
        assert audit_rows(again, ()).num_rows == len(PROBLEMS) * 12
    finally:
        (again / "aside").rename(again / "audit.json")


def test_page_guess_control_and_budgets_are_the_same(pair: tuple[Path, Path]) -> None:
    reports = [make_report([folder]) for folder in pair]
    again, fresh = (build(report, None) for report in reports)
    assert again == fresh
    assert {p["id"] for p in json.loads(again[0])["problems"]} == {
        p.id for p in KEPT if p.columns["rate"] >= 0
    }
    assert reports[0] == reports[1]
    assert reports[0].analyses
    assert audit_budget(pair[0]) == audit_budget(pair[1])
    assert declared_choices(pair[0]) == declared_choices(pair[1]) == {"half2": 2, "masked2": 2, "mostly2": 2}
    views = [load_audit(folder, 3) for folder in pair]
    assert views[0] == views[1]
    assert set(views[0].samples) == {p.id for p in KEPT}
    found = [load_guesses(folder, view.counts, None) for folder, view in zip(pair, views, strict=True)]
    assert found[0] == found[1]
    assert set(audit_answers(pair[0], None, {})) == {p.id for p in KEPT}


def test_export_and_the_other_readers_of_samples_are_the_same(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    for folder in pair:
        export_lm_eval(folder, tmp_path / folder.name)
    for name in ("results.json", "samples_audit.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()
    assert len((tmp_path / "again" / "samples_audit.jsonl").read_text().splitlines()) == len(KEPT)
    written = [written_samples(folder, 100, 100) for folder in pair]
    assert written[0] == written[1]
    assert len(written[0]) == len(KEPT) * 8
    scored = [_rewarded("number", folder) for folder in pair]
    assert scored[0] == scored[1]
    third = audit(tmp_path / "third", PROBLEMS, 12, Sampling(max_new_tokens=2, seed=4))
    shared = [shared_texts(folder, third) for folder in pair]
    assert shared[0] == shared[1]
    assert len(shared[0][0]) == len(KEPT) * 8


def test_the_reason_for_all_masked_samples_is_of_a_problem_of_this_audit(tmp_path: Path) -> None:
    audit(tmp_path, [*PROBLEMS[3:6], *PROBLEMS[6:9]], 2)
    with pytest.raises(EvalError, match=r"Reward `under`, problem `masked2`: .*no rate"):
        audit(tmp_path, PROBLEMS[8:9], 2)


def test_an_audit_that_cannot_be_read_is_no_audit_without_limits(tmp_path: Path) -> None:
    assert Extent.read(tmp_path) == Extent()
    for text in ("{", "[]", "{}", '{"summary": {"per_problem": 3}}'):
        (tmp_path / "audit.json").write_text(text)
        with pytest.raises(EvalError, match="run the audit again"):
            Extent.read(tmp_path)


def test_the_budgets_limits_are_over_an_audits_clusters(tmp_path: Path) -> None:
    kept = [p for p in PROBLEMS if p.columns["rate"] >= 0]
    alike = [Problem(p.id, p.prompt, {**p.columns, "cluster": p.id[:-1]}) for p in kept]
    alone, grouped = (
        audit_budget(audit(tmp_path / name, problems, 8))[-1]
        for name, problems in (("alone", kept), ("alike", alike))
    )
    assert alone.accuracy == grouped.accuracy
    assert alone.low is not None
    assert grouped.low is not None
    # The rate is the cluster's, so that 3 problems say hardly more than one.
    assert grouped.low < alone.low - 0.05
