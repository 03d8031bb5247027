"""One report of audits and training runs, whichever command asks for it: with guess control, budgets, explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from eval import AuditView
    from eval.counts import Count
    from eval.guess import VerifierErrors
    from eval.guess.view import GuessView
    from eval.report import Curve, Report

SAMPLES, EXPLAINED = 8, 100
"""Samples shown per problem, and samples explained per audit, unless said otherwise."""


@dataclass(frozen=True)
class Wanted:
    """What a report shows of its audits.

    Attributes:
        ks: draws; None = powers of two up to the smallest n.
        confidence: of the comparison; None = that of the first audit.
        common_only: leave out problems that only one audit has.
        samples: shown per problem.
        explained: samples explained per audit.
        bare: audits of the same problems with a prompt for the bare answer; none, one for all, or one per audit.
        verifier: file with the verifier's errors, or None.
        title: heading; None = made of the names.
        mixed: compare audits of different settings too, and say so first.
    """

    ks: Sequence[int] | None = None
    confidence: float | None = None
    common_only: bool = False
    samples: int = SAMPLES
    explained: int = EXPLAINED
    bare: Sequence[Path] = ()
    verifier: Path | None = None
    title: str | None = None
    mixed: bool = False


def make_report(audits: Sequence[Path], runs: Sequence[Path] = (), wanted: Wanted | None = None) -> Report:
    """Return the report of at most two audits (base and tuned) and any number of training runs.

    Raises:
        ToolkitError: a folder that is neither, audits of different problems or settings, or what `Wanted` asks for
            is not there.
    """
    from eval import compare
    from eval.comparable import check_comparable, not_known
    from eval.report import Report
    from eval.twins import twins
    from reasoners.run_report import run_views

    wanted = wanted or Wanted()
    if (wanted.bare or wanted.verifier) and not audits:
        raise ToolkitError("--bare and --verifier belong to audits; there is none among the paths.")
    views = audit_views(audits, wanted.samples, wanted.ks)
    confidence = wanted.confidence or (views[0].summary.confidence if views else 0.95)
    found = (
        compare(views[0].counts, views[1].counts, wanted.ks, confidence, wanted.common_only)
        if len(views) == 2
        else None
    )
    sides = list(zip(views, audits, strict=True)) if found is not None else []
    mixed = check_comparable(sides, wanted.mixed) if sides else []
    shown, curves = run_views(runs) if runs else ([], [])
    explained, notes = _explained(audits, views, wanted.explained)
    analyses, said = _budgets(audits, views)
    views = _one_unit(views)
    return Report(
        title=wanted.title or _title(views, [run.name for run in shown]),
        audits=views,
        comparison=found,
        curves=curves,
        notes=[*not_known(sides), *notes, *said],
        analyses=analyses,
        guesses=_guesses(audits, views, wanted),
        explained=explained,
        runs=shown,
        mixed=mixed,
        alike=twins([v.name for v, _ in sides], [folder for _, folder in sides]),
    )


def audit_views(audits: Sequence[Path], samples: int, ks: Sequence[int] | None = None) -> list[AuditView]:
    """Read audits and give two of them different names. Raises `ToolkitError` as `load_audit`."""
    from eval import load_audit, summarise

    views = [load_audit(folder, samples) for folder in audits]
    if ks is not None:
        views = [replace(v, summary=summarise(v.counts, ks, v.summary.confidence)) for v in views]
    return named_apart(views, audits)


def _one_unit(views: Sequence[AuditView]) -> list[AuditView]:
    """Return the views with the clusters that any of them names, as their comparison has them."""
    from eval import summarise
    from eval.clusters import merge_clusters

    def summed(view: AuditView, counts: list[Count]) -> AuditView:
        if counts == list(view.counts):
            return view
        ks = [row.k for row in view.summary.rows]
        return replace(view, summary=summarise(counts, ks, view.summary.confidence))

    return [summed(*of) for of in zip(views, merge_clusters([v.counts for v in views]), strict=True)]


def named_apart(views: Sequence[AuditView], places: Sequence[Path]) -> list[AuditView]:
    """Return the views; two of one name are named after their places, or base and tuned."""
    if len(views) != 2 or views[0].name != views[1].name:
        return list(views)
    names = [p.name for p in places] if places[0].name != places[1].name else ["base", "tuned"]
    return [replace(v, name=name) for v, name in zip(views, names, strict=True)]


def guess_sentences(report: Report) -> list[str]:
    """Return what the guess control adds to a verdict."""
    from eval.report import guess_verdicts

    return guess_verdicts(report, report.compared())


def _title(views: Sequence[AuditView], runs: Sequence[str]) -> str:
    if len(views) == 2:
        return f"{views[1].name} compared with {views[0].name}"
    if views:
        return f"Audit of {views[0].name}"
    return f"Training: {', '.join(runs)}"


def _guesses(audits: Sequence[Path], views: Sequence[AuditView], wanted: Wanted) -> list[GuessView]:
    from eval import load_audit
    from eval.guess import VerifierErrors
    from eval.guess.bare import check_bare
    from eval.guess.view import load_guesses

    bare = wanted.bare
    if len(bare) not in (0, 1, len(audits)):
        raise ToolkitError(f"--bare is given {len(bare)} times for {len(audits)} audits; once, or once each.")
    plain = [load_audit(folder, 0) for folder in bare]
    pairs = list(zip(bare, plain, strict=True))
    each = pairs * len(audits) if len(pairs) == 1 else pairs
    errors: VerifierErrors | None = VerifierErrors.from_file(wanted.verifier) if wanted.verifier else None
    found = []
    for i, (folder, view) in enumerate(zip(audits, views, strict=True)):
        caveats = check_bare((folder, view), each[i]) if each else []
        baseline = (each[i][1].name, each[i][1].counts) if each else None
        made = load_guesses(
            *(folder, view.counts, view.n),
            references=view.references,
            baseline=baseline,
            errors=errors,
            ks=wanted.ks,
        )
        found.append(replace(made, caveats=caveats))
    return found


def _budgets(audits: Sequence[Path], views: Sequence[AuditView]) -> tuple[list[Curve], list[str]]:
    """Return the chart of accuracy under caps on the length, and its regret in words."""
    from eval.analyses import audit_budget, budget_regret
    from eval.report import Curve

    own = [rows for folder in audits if (rows := audit_budget(folder))]
    if len(own) < len(audits) or not own:
        return [], []
    caps = [row.budget for row in max(own, key=lambda rows: rows[-1].budget)]  # one scale for both
    found = {view.name: audit_budget(folder, caps) for folder, view in zip(audits, views, strict=True)}
    lines = {name: ([r.budget for r in rows], [r.accuracy for r in rows]) for name, rows in found.items()}
    said = [
        f"{name}: normalised regret {budget_regret(rows):.3f} at {rows[-1].budget} tokens: one minus the area under "
        "the share of samples that are right within a budget, over the budget (0: always right at once, 1: never)."
        for name, rows in found.items()
    ]
    title = "Right within a budget of tokens"
    return [Curve(title, "tokens", "share of samples", lines, True, 0 if len(views) > 1 else 1)], said


def _explained(
    audits: Sequence[Path], views: Sequence[AuditView], most: int
) -> tuple[dict[tuple[int, str, int], dict[str, str]], list[str]]:
    """Return what the verifier read, for problems whose outcome changed first; and why not, where it cannot be said."""
    from eval.report import explain_samples

    order = [problem for problem, _ in sorted(_ranks(views).items(), key=lambda item: item[1])]
    found: dict[tuple[int, str, int], dict[str, str]] = {}
    notes = []
    for i, (folder, view) in enumerate(zip(audits, views, strict=True)):
        try:
            told = explain_samples(folder, view, order, most)
        except ToolkitError as error:
            notes.append(f"{view.name}: {error}")
            continue
        found |= {(i, *key): text for key, text in told.items()}
    return found, notes


def _ranks(views: Sequence[AuditView]) -> dict[str, int]:
    """Return problem id -> 0 where one model solves it and the other does not, 1 where some samples do, else 2."""
    solved: dict[str, list[float]] = {}
    for view in views:
        for x in view.counts:
            solved.setdefault(x.problem_id, []).append(x.c / x.n)
    return {
        p: 0 if min(s) == 0 < max(s) else 1 if any(0 < x < 1 for x in s) else 2 for p, s in solved.items()
    }
