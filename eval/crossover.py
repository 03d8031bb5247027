"""Where two pass@k curves cross, with an interval, and with "none" and "beyond n" as answers.

The crossover meant is the change of sign of the difference, tuned minus base, between two k at which its band
says one sign and then the other. Its plausible places are read off the intervals of the difference: a k at which
the difference is significantly of one sign is on one side of the crossover. A bootstrap of the crossover itself
covers 0.61 of the time on 30 problems, because resamples of a few decisive problems hardly differ.

The estimated curve may change its sign elsewhere too, where noise is enough to explain it. Such changes are
neither the estimate nor within the limits; the sentence names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from eval.bands import simultaneous_critical
from eval.intervals import critical, difference_limits
from eval.passk import Floats, Ints

State = Literal["crosses", "none", "beyond", "before", "unknown"]
_POINTS, _ALL_UP_TO, _NAMED = 200, 64, 4
_ZERO = 1e-12  # mean differences below this are rounding, not a sign


@dataclass(frozen=True, slots=True)
class Crossing:
    """What the data say about the crossover, at the confidence of the comparison.

    Attributes:
        estimate: the first change of sign of the estimated difference; between low and high where there are
            limits. None if it has none there.
        low, high: limits of the crossover's k; None where there is no limit.
        state: `crosses`: significant on both sides, between low and high. `beyond`: none below low; later, or
            beyond n, or never. `before`: not after high, or never. `none`: one sign, significant at all k up
            to n. `unknown`: the data do not say.
        n: the largest k looked at.
        other_changes: every other k at which the estimated difference changes its sign, ascending.
        back: a k after high by which the band says the first sign once more; None if it never does.
    """

    estimate: int | None
    low: int | None
    high: int | None
    state: State
    n: int
    other_changes: tuple[int, ...] = ()
    back: int | None = None

    def sentence(self) -> str:
        """Return what the state says in words, and which changes of the estimate it does not mean."""
        said = {
            "crosses": f"The curves cross between k = {self.low} and k = {self.high}",
            "none": f"The curves do not cross up to k = {self.n}",
            "beyond": f"The curves do not cross below k = {self.low}; they may later, or never",
            "before": f"If the curves cross, they do so at or before k = {self.high}",
            "unknown": f"Whether the curves cross up to k = {self.n} cannot be told from these problems",
        }[self.state]
        silent = self.estimate is None or self.state == "none"
        at = "" if silent else f" (estimate: k = {self.estimate}{self._again()})"
        return f"{said}{at}.{self._elsewhere()}"

    def _again(self) -> str:
        """Name the estimate's other changes between the limits."""
        if self.low is None or self.high is None:
            return ""
        within = [k for k in self.other_changes if self.low <= k <= self.high]
        return f"; the estimate changes its sign again at {_named(within)}" if within else ""

    def _elsewhere(self) -> str:
        """Name the changes outside the limits: of the estimate alone, or sure."""
        if self.low is None or self.high is None:
            return ""
        earlier = [k for k in self.other_changes if k < self.low]
        later = [k for k in self.other_changes if k > self.high]
        back = ""
        if self.back is not None:
            back = f" They cross back by k = {self.back}{f' (estimate: {_named(later)})' if later else ''}."
            later = []
        parts = [_changes(earlier, "an earlier change", "earlier changes")] if earlier else []
        parts += [_changes(later, "a later change", "later changes")] if later else []
        noise = f" With all k held at once, {' and '.join(parts)} cannot be told from noise." if parts else ""
        return noise + back


def _changes(ks: list[int], one: str, many: str) -> str:
    return f"{one if len(ks) == 1 else many} at {_named(ks)}"


def _named(ks: list[int]) -> str:
    """Return `k = 2`, `k = 2 and k = 3`; of many the first ones and how many more."""
    named = [f"k = {k}" for k in ks]
    if len(ks) > _NAMED:
        named = [*named[: _NAMED - 1], f"{len(ks) - _NAMED + 1} more k"]
    return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)


def draw_grid(n: int, points: int = _POINTS) -> list[int]:
    """Return k from 1 to n: all up to 64, then some `points` evenly in log k."""
    even = np.rint(np.geomspace(1, n, min(points, n))).astype(int).tolist()
    return sorted({*even, n, *range(1, min(n, _ALL_UP_TO) + 1)})


def find_changes(base_n: Ints, base_c: Ints, tuned_n: Ints, tuned_c: Ints) -> list[int]:
    """Return every k, of all k up to the smallest n, at which the mean difference of pass@k changes its sign.

    Args:
        base_n, base_c, tuned_n, tuned_c: shape (M,), samples and correct ones per problem.
    """
    columns, repeats = np.unique(np.stack([base_n, base_c, tuned_n, tuned_c]), axis=1, return_counts=True)
    base_n, base_c, tuned_n, tuned_c = columns
    weight = repeats / repeats.sum()
    base_fail, tuned_fail = np.ones(len(weight)), np.ones(len(weight))
    last, found = 0, []
    for k in range(1, int(min(base_n.min(), tuned_n.min())) + 1):
        _one_more_draw(base_fail, base_n, base_c, k)
        _one_more_draw(tuned_fail, tuned_n, tuned_c, k)
        difference = float(weight @ (base_fail - tuned_fail))
        sign = 0 if abs(difference) <= _ZERO else (1 if difference > 0 else -1)
        if sign * last < 0:
            found.append(k)
        last = sign or last
    return found


def _one_more_draw(fail: Floats, n: Ints, c: Ints, k: int) -> None:
    """Turn fail@(k-1) into fail@k, in place: the k-th draw is wrong too."""
    fail *= np.maximum(n - c - k + 1, 0) / (n - k + 1)


def find_crossing(ks: list[int], table: Floats, changes: Sequence[int], confidence: float) -> Crossing:
    """Return what the differences say about the crossover.

    Args:
        ks: draws, ascending; the last is the largest k looked at.
        table: shape (M, len(ks)), tuned minus base per problem (or cluster) and k.
        changes: every k at which the estimated difference changes its sign, ascending; `ks` may lack some.
        confidence: of the statement.
    """
    t = critical(len(table), confidence)
    if t is None:
        return _with_estimate(Crossing(None, None, None, "unknown", ks[-1]), changes)
    signs = _signs(table, t)
    band = signs
    if {1, -1} <= set(signs.tolist()):  # only then can the band, which is wider, be significant on both sides
        band = _signs(table, simultaneous_critical(table, confidence) or t)
    return _with_estimate(_read(np.array(ks), signs, band), changes)


def _with_estimate(found: Crossing, changes: Sequence[int]) -> Crossing:
    low, high = found.low or 1, found.high or found.n
    estimate = next((k for k in changes if low <= k <= high), None)
    return replace(found, estimate=estimate, other_changes=tuple(k for k in changes if k != estimate))


def _signs(table: Floats, t: float) -> Ints:
    """Return 1, -1 or 0 per column: significantly above zero, below, or neither."""
    low, high = difference_limits(table, t)
    found: Ints = (low > 0).astype(np.int64) - (high < 0).astype(np.int64)
    found[np.abs(table.mean(axis=0)) <= _ZERO] = 0
    return found


def _read(ks: Ints, signs: Ints, band: Ints) -> Crossing:
    n = int(ks[-1])
    if {1, -1} <= set(band.tolist()):  # significant on both sides, over all k together
        return _read_crossing(ks, signs, band)
    sure = np.flatnonzero(signs)
    if not sure.size or len(set(signs[sure].tolist())) > 1:
        return Crossing(None, None, None, "unknown", n)
    if sure.size == len(ks):
        return Crossing(None, None, None, "none", n)
    if sure[0] == 0 and sure[-1] == sure.size - 1:  # from k = 1 without a gap
        return Crossing(None, int(ks[sure[-1]]) + 1, None, "beyond", n)
    if sure[-1] == len(ks) - 1 and sure[0] == len(ks) - sure.size:  # up to n without a gap
        return Crossing(None, None, int(ks[sure[0]]), "before", n)
    return Crossing(None, None, None, "unknown", n)


def _read_crossing(ks: Ints, signs: Ints, band: Ints) -> Crossing:
    """Return the limits of the change between the last k where the band says one sign and the first with the other.

    Between these two, a k that is significant on its own narrows the limits, unless the signs alternate.
    """
    first = int(band[np.flatnonzero(band)[0]])
    turn = int(np.flatnonzero(band == -first)[0])
    start = int(np.flatnonzero(band[:turn] == first)[-1])
    between = np.arange(start, turn + 1)
    before, after = between[signs[between] == first], between[signs[between] == -first]
    last = int(before[before < after[0]][-1])
    other = int(after[after > before[-1]][0])
    back = np.flatnonzero(band[turn:] == first)
    return Crossing(
        estimate=None,
        low=int(ks[last]) + 1,
        high=int(ks[other]),
        state="crosses",
        n=int(ks[-1]),
        back=int(ks[turn + back[0]]) if back.size else None,
    )
