"""The headline figures, the verdict and the notes on method, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.adaptive import focused_difference
from eval.compare import Comparison, DifferenceRow
from eval.intervals import TARGET
from eval.same_problems import TARGET as SAME_TARGET
from eval.summary import Summary
from eval.views import AuditView
from eval.words import interval, percent, points, verdict


def cards(
    audits: Sequence[AuditView], summaries: Sequence[Summary], found: Comparison | None
) -> list[dict[str, Any]]:
    """Return the cards, in order: title, one or two values, and a line below."""
    shown = _single(audits[0], summaries[0]) if found is None else _paired(audits, found)
    return [*shown, *_focused(audits)]


def _focused(audits: Sequence[AuditView]) -> list[dict[str, Any]]:
    """Return what adaptive sampling was for: a figure about these problems, apart from the others."""
    both = focused_difference(audits)
    if both is not None:
        at, sides = both.difference, [audit.focus or {} for audit in audits]
        limits = " to ".join(interval(f["same_low"], f["same_high"]) for f in sides)
        values = [percent(both.base), percent(both.tuned)]
        gain = f"{interval(at.low, at.high, signed=True)}, {SAME_TARGET}"
        return [
            _card(f"pass@{both.k}, adaptive", values, f"{limits}, {SAME_TARGET}"),
            _card(f"Difference at k = {both.k}, adaptive", [f"{points(at.estimate)} pts"], gain),
        ]
    shown = []
    for audit in audits:
        if (f := audit.focus) is not None:
            below = f"{interval(f['same_low'], f['same_high'])}, {SAME_TARGET}, {audit.name}"
            shown.append(_card(f"pass@{f['k']}, adaptive", [percent(f["pass_at_k"])], below))
    return shown


def _card(title: str, values: Sequence[str], below: str, tone: str = "flat") -> dict[str, Any]:
    return {"title": title, "shown": list(values), "below": below, "arrow": len(values) > 1, "tone": tone}


def _paired(audits: Sequence[AuditView], found: Comparison) -> list[dict[str, Any]]:
    first, last = found.rows[0], found.rows[-1]
    shown = [_both(first), _gain(first)]
    greedy = [a.greedy_accuracy for a in audits]
    if any(value is not None for value in greedy):
        values = [percent(value) for value in greedy]
        shown.append(_card("Greedy accuracy", values, "one sample without chance, per problem"))
    if last.k != first.k:
        shown += [_both(last), _gain(last)]
    below = f"problems the tuned model solves more and less often; equal on {found.ties}"
    shown.append(_card("Better / worse on", [f"{found.wins} / {found.losses}"], below))
    return shown


def _both(row: DifferenceRow) -> dict[str, Any]:
    below = f"{interval(row.base_low, row.base_high)} to {interval(row.tuned_low, row.tuned_high)}"
    return _card(f"pass@{row.k}", [percent(row.base), percent(row.tuned)], below)


def _gain(row: DifferenceRow) -> dict[str, Any]:
    sure = row.low is not None and row.high is not None and (row.low > 0 or row.high < 0)
    tone = ("up" if row.difference > 0 else "down") if sure else "flat"
    below = f"{interval(row.low, row.high, signed=True)}, paired"
    return _card(f"Difference at k = {row.k}", [f"{points(row.difference)} pts"], below, tone)


def _single(audit: AuditView, summary: Summary) -> list[dict[str, Any]]:
    rows = [summary.rows[0], *summary.rows[1:][-1:]]
    shown = [_card(f"pass@{r.k}", [percent(r.pass_at_k)], interval(r.low, r.high)) for r in rows]
    if audit.greedy_accuracy is not None:
        below = "one sample without chance, per problem"
        shown.append(_card("Greedy accuracy", [percent(audit.greedy_accuracy)], below))
    else:
        shown.append(_card("Solved at least once", [str(summary.solved)], f"of {summary.problems} problems"))
    return shown


def verdicts(found: Comparison | None, summaries: Sequence[Summary]) -> list[str]:
    """Return the report's findings, one sentence each."""
    if found is None:
        return [x for summary in summaries for x in _alone(summary)]
    rows = [found.rows[0], *found.rows[1:][-1:]]
    said = [verdict(row, found.confidence) for row in rows]
    said.append(found.crossing.sentence())
    return said


def _alone(summary: Summary) -> list[str]:
    """Return what one audit says by itself."""
    level, figures = f"{100 * summary.confidence:g} % interval", []
    for row in [summary.rows[0], *summary.rows[1:][-1:]]:
        limits = (
            "" if row.low is None else f" ({level} {interval(row.low, row.high)[1:-1].replace(', ', ' to ')})"
        )
        figures.append(f"pass@{row.k} is {percent(row.pass_at_k)}{limits}")
    about = summary.accuracy.reason or f"intervals are for {TARGET}"
    fewest = summary.n_range[0]
    said = [f"{', '.join(figures)}; {about}."]
    if summary.never:
        unseen = percent(1 - 0.05 ** (1 / fewest))
        said.append(
            f"{summary.never} of {summary.problems} problems were not solved in {fewest} samples; each may still be "
            f"solved at a rate of up to {unseen}."
        )
    return said


def support(found: Comparison) -> list[str]:
    """Return what the support table says: how much of what changed may be luck, and the published rates."""
    table, gap = found.support, found.gap
    said = [
        f"Beyond luck (5 % over all problems together): {len(table.new_beyond_luck)} of {table.new} new, "
        f"{len(table.lost_beyond_luck)} of {table.lost} lost. Equal models would show {table.new_by_luck:.1f} new and "
        f"{table.lost_by_luck:.1f} lost.",
    ]
    if tested := table.new_against_lost():
        said.append(tested)
    rates = {
        "support kept (SRR)": table.srr,
        "newly found (NDR)": table.ndr,
        "harmonic mean (SDS)": table.sds,
    }
    listed = ", ".join(f"{name} {percent(value)}" for name, value in rates.items())
    said.append(f"{listed}, net change (NSCR) {points(table.nscr)} points.")
    return [
        *said,
        f"Sampling-efficiency gap: pass@{gap.k} of the base, {percent(gap.base_pass_at_k)}, minus pass@1 of the tuned "
        f"model, {percent(gap.tuned_pass_at_1)}, is {points(gap.gap)} points "
        f"{interval(gap.low, gap.high, signed=True)}.",
    ]


def method(summaries: Sequence[Summary], found: Comparison | None) -> list[str]:
    """Return how the figures were made and what they do not say."""
    level = f"{100 * summaries[0].confidence:g} %"
    notes = [
        "pass@k is the unbiased estimate from all n samples of a problem, 1 − C(n−c, k)/C(n, k) with c of "
        "n correct (Chen et al. 2021), averaged over problems. It is the chance that k samples hold a "
        "correct one, not the chance that anyone could tell which.",
        f"Intervals ({level}) are for {TARGET}: they hold the chance of which problems were drawn and of "
        "sampling them, but not of another benchmark, prompt or verifier. They are score intervals on the "
        "effective number of problems, each for one k alone; a band is wider and holds at all k together.",
        f"Same problems ({level}): {SAME_TARGET}. These limits hold the chance of sampling alone, and are far narrower "
        "at small k; they do not say what other problems would give.",
    ]
    if found is not None:
        notes.append(
            "The difference is paired by problem (Student's t after adding half a problem won and half a problem "
            "lost), far sharper than two separate intervals. Better and worse are decided in whole numbers."
        )
    return notes
