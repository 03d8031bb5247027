"""Where two pass@k curves cross, with an interval, and with "none" and "beyond n" as answers.

A crossover is the first k at which the difference tuned minus base has the other sign. Its plausible places
are read off the intervals of the difference: a k at which the difference is significantly of one sign is on
one side of the crossover. A bootstrap of the crossover itself covers 0.61 of the time on 30 problems, because
resamples of a few decisive problems hardly differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.bands import simultaneous_critical
from eval.intervals import critical, difference_limits
from eval.passk import Floats, Ints

State = Literal["crosses", "none", "beyond", "before", "unknown"]
_POINTS, _ALL_UP_TO = 200, 64


@dataclass(frozen=True, slots=True)
class Crossing:
    """What the data say about the crossover, at the confidence of the comparison.

    Attributes:
        estimate: the first change of sign of the estimated difference; None if it has none.
        low, high: limits of the crossover's k; None where there is no limit.
        state: `crosses`: significant on both sides, between low and high. `beyond`: none below low; later, or
            beyond n, or never. `before`: not after high, or never. `none`: one sign, significant at all k up
            to n. `unknown`: the data do not say.
        n: the largest k looked at.
    """

    estimate: int | None
    low: int | None
    high: int | None
    state: State
    n: int

    def sentence(self) -> str:
        """Return what the state says in words."""
        said = {
            "crosses": f"The curves cross between k = {self.low} and k = {self.high}",
            "none": f"The curves do not cross up to k = {self.n}",
            "beyond": f"The curves do not cross below k = {self.low}; they may later, or never",
            "before": f"If the curves cross, they do so at or before k = {self.high}",
            "unknown": f"Whether the curves cross up to k = {self.n} cannot be told from these problems",
        }[self.state]
        at = "" if self.estimate is None or self.state == "none" else f" (estimate: k = {self.estimate})"
        return f"{said}{at}."


def draw_grid(n: int, points: int = _POINTS) -> list[int]:
    """Return k from 1 to n: all up to 64, then some `points` evenly in log k."""
    even = np.rint(np.geomspace(1, n, min(points, n))).astype(int).tolist()
    return sorted({*even, n, *range(1, min(n, _ALL_UP_TO) + 1)})


def find_crossing(ks: list[int], table: Floats, estimate: int | None, confidence: float) -> Crossing:
    """Return what the differences say about the crossover.

    Args:
        ks: draws, ascending; the last is the largest k looked at.
        table: shape (M, len(ks)), tuned minus base per problem (or cluster) and k.
        estimate: the point estimate.
        confidence: of the statement.
    """
    t = critical(len(table), confidence)
    if t is None:
        return Crossing(estimate, None, None, "unknown", ks[-1])
    signs = _signs(table, t)
    band = signs
    if {1, -1} <= set(signs.tolist()):  # only then can the band, which is wider, be significant on both sides
        band = _signs(table, simultaneous_critical(table, confidence) or t)
    return _read(np.array(ks), signs, band, estimate)


def _signs(table: Floats, t: float) -> Ints:
    """Return 1, -1 or 0 per column: significantly above zero, below, or neither."""
    low, high = difference_limits(table, t)
    found: Ints = (low > 0).astype(np.int64) - (high < 0).astype(np.int64)
    return found


def _read(ks: Ints, signs: Ints, band: Ints, estimate: int | None) -> Crossing:
    n = int(ks[-1])
    if {1, -1} <= set(band.tolist()):  # significant on both sides, over all k together
        first = int(np.flatnonzero(band)[0])
        other = int(np.flatnonzero((signs == -band[first]) & (np.arange(len(ks)) > first))[0])
        last = int(np.flatnonzero(signs[:other] == band[first])[-1])
        return Crossing(estimate, int(ks[last]) + 1, int(ks[other]), "crosses", n)
    sure = np.flatnonzero(signs)
    if not sure.size or len(set(signs[sure].tolist())) > 1:
        return Crossing(estimate, None, None, "unknown", n)
    if sure.size == len(ks):
        return Crossing(estimate, None, None, "none", n)
    if sure[0] == 0 and sure[-1] == sure.size - 1:  # from k = 1 without a gap
        return Crossing(estimate, int(ks[sure[-1]]) + 1, None, "beyond", n)
    if sure[-1] == len(ks) - 1 and sure[0] == len(ks) - sure.size:  # up to n without a gap
        return Crossing(estimate, None, int(ks[sure[0]]), "before", n)
    return Crossing(estimate, None, None, "unknown", n)
