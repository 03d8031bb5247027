"""Figures as people read them: percentages, differences in points, intervals, one-sentence verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.compare import DifferenceRow
from eval.intervals import TARGET
from eval.same_problems import TARGET as SAME_TARGET

if TYPE_CHECKING:
    from eval.summary import KRow

DASH = "\u2013"
MINUS = "\u2212"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share in [0, 1] as a percentage, or a dash for None."""
    return DASH if value is None else f"{100 * value:.{digits}f} %"


def level(confidence: float) -> str:
    """Return a confidence in (0, 1) as a percentage without rounding it away: 95 %, 99.9 %."""
    return f"{round(100 * confidence, 10):g} %"


def points(value: float | None, digits: int = 1) -> str:
    """Return a difference in [-1, 1] in percentage points, always signed, or a dash for None."""
    if value is None:
        return DASH
    text = f"{abs(100 * value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return ("+" if value > 0 else MINUS) + text


def interval(low: float | None, high: float | None, signed: bool = False, digits: int = 1) -> str:
    """Return `[low, high]` in percent, or in signed points, or a dash where there is no interval."""
    if low is None or high is None:
        return DASH
    if signed:
        return f"[{points(low, digits)}, {points(high, digits)}]"
    return f"[{100 * low:.{digits}f}, {100 * high:.{digits}f}]"


def same_interval(row: KRow | DifferenceRow, signed: bool = False, digits: int = 1) -> str:
    """Return the limits for these problems, as `interval` does, with an asterisk where they rest on a model."""
    shown = interval(row.same_low, row.same_high, signed, digits)
    return shown + ("*" if row.same_basis == "model" else "")


def limits_meaning(model: bool) -> str:
    """Return what the three limits of a table are; with `model`, what the asterisk of `same_interval` is."""
    said = f"Interval: {TARGET}, this k alone. Band: the same, all k at once. Same problems: {SAME_TARGET}"
    return f"{said}{'; * from a fitted model, since n < 4k' if model else ''}."


def verdict(row: DifferenceRow, confidence: float) -> str:
    """Return one sentence on the difference at one k, which never claims more than its interval."""
    start = f"pass@{row.k} {_moves(row)}"
    if row.low is None or row.high is None:
        return f"{start}. One problem says nothing about others."
    sure = f"{100 * confidence:g} % interval {points(row.low)} to {points(row.high)}"
    if row.low > 0 or row.high < 0:
        return f"{start} ({sure})."
    return f"{start} ({sure}): not distinguishable from no change."


def _moves(row: DifferenceRow) -> str:
    size = f"{abs(100 * row.difference):.1f}"
    if float(size) == 0.0:
        return f"stays at {percent(row.tuned)}"
    way = "rises" if row.difference > 0 else "falls"
    return f"{way} by {size} points, from {percent(row.base)} to {percent(row.tuned)}"
