"""A comparison in sentences: what changed, how sure that is, and what the data do not say."""

from __future__ import annotations

from eval.compare import Comparison
from eval.same_problems import TARGET as SAME_TARGET
from eval.summary import limit_note
from eval.support import Support
from eval.words import interval, percent, points, verdict


def verdicts(found: Comparison) -> list[str]:
    """Return plain sentences on the comparison, each with its uncertainty; none claims more than its interval."""
    ends = [found.rows[0], *found.rows[1:][-1:]]
    said = [verdict(row, found.confidence) for row in ends]
    said.extend(_band(found))
    if found.crossing.n > 1:
        said.append(found.crossing.sentence())
    said.append(_same(found))
    said.append(
        f"Counted by problem, tuned is better on {found.wins}, worse on {found.losses}, "
        f"equal on {found.ties}."
    )
    said.extend(_support(found.support))
    said.extend(_gap(found))
    return said


def warnings(found: Comparison) -> list[str]:
    """Return what a reader must be told about the comparison itself."""
    sides = (("base", found.only_base), ("tuned", found.only_tuned))
    missing = [f"{len(ids)} that only {name} has" for name, ids in sides if ids]
    said = [f"Left out on request: {' and '.join(missing)}."] if missing else []
    fewer = [min(pair.base, pair.tuned, key=lambda x: x.n) for pair in found.pairs]
    if found.rows[-1].k < min(x.n for x in fewer):  # smaller k were asked for
        return said
    return said + limit_note(fewer)


def _band(found: Comparison) -> list[str]:
    """Say what holds at all k together, where there is more than one."""
    better = [str(row.k) for row in found.rows if row.band_low is not None and row.band_low > 0]
    worse = [str(row.k) for row in found.rows if row.band_high is not None and row.band_high < 0]
    parts = [f"{word} at k = {', '.join(ks)}" for word, ks in (("better", better), ("worse", worse)) if ks]
    if len(found.rows) < 2 or found.rows[0].band_low is None:
        return []
    return [
        f"With all k held at once, tuned is surely {' and '.join(parts) or 'neither better nor worse at any'}."
    ]


def _same(found: Comparison) -> str:
    row = found.rows[0]
    limits = interval(row.same_low, row.same_high, signed=True)
    return (
        f"For {SAME_TARGET} alone, pass@{row.k} changes by {points(row.difference)} {limits}: that is about "
        "this list of problems, not about others like them."
    )


def _support(table: Support) -> list[str]:
    said = [
        f"New: {table.new} problems, {table.new_by_luck:.1f} of which two equal models would show by luck; "
        f"lost: {table.lost}, {table.lost_by_luck:.1f} by luck. Beyond luck at 5 % over all problems "
        f"together: {len(table.new_beyond_luck)} new, {len(table.lost_beyond_luck)} lost."
    ]
    if tested := table.new_against_lost():
        said.append(tested)
    said.append(
        f"A problem without a correct sample may still be solved at a rate of up to "
        f"{percent(table.unseen_rate, 2)}."
    )
    return said


def _gap(found: Comparison) -> list[str]:
    """Say what training left for more samples to find; at k = 1 that is the difference once more."""
    gap = found.gap
    if gap.k == 1:
        return []
    limits = "" if gap.low is None else f" {interval(gap.low, gap.high, signed=True)}"
    return [
        f"Sampling-efficiency gap: base pass@{gap.k} {percent(gap.base_pass_at_k)} minus tuned pass@1 "
        f"{percent(gap.tuned_pass_at_1)} is {points(gap.gap)} points{limits}."
    ]
