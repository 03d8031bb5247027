"""How many problems and samples an audit needs, from a pilot or a guess, and when more samples cannot help.

The half-width of an interval for new problems falls with the number of problems for ever, but with the number
of samples only down to a floor: the problems' own spread. The plan predicts the interval that
`eval.intervals` will draw, pseudo-problems included, not a textbook one.

The audit goes on from the pilot: its problems are among the audit's, its samples are not made again. A pilot that
knows too little for the plan to be trusted to 20 % is extended first, and the plan made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, log
from typing import get_args

import numpy as np

from eval.errors import EvalError
from eval.foresight import NEAR, SURE, Outlook, foresee, kept_pilot
from eval.prospect import Basis, Pilot, Prospect, from_pilot, from_prior
from eval.widths import Target, Width, expected_width

__all__ = ["First", "Plan", "Prospect", "from_pilot", "from_prior", "plan_audit", "predict"]

_NEAR_FLOOR, _GROWTH = 1.05, 1.25
_STEPS, _SLACK = 20, 0.04
MOST_PROBLEMS, MOST_SAMPLES = 1_000_000, 100_000


@dataclass(frozen=True, slots=True)
class First:
    """To do before the plan can be trusted: bring the pilot to `problems` problems with at least `n` samples each.

    `new_samples` are to be made for that; they count towards the audit where it goes on from the pilot.
    """

    problems: int
    n: int
    new_samples: int


@dataclass(frozen=True, slots=True)
class Plan:
    """An audit of `problems` problems with `n` samples each, and the half-width to expect of its interval.

    Attributes:
        k, target, basis: as asked, and as in the prospect.
        wanted: the half-width wanted; None if only a prediction was asked for.
        problems, n: the audit's size, the pilot's included.
        half_width: to expect.
        floor: the half-width that no number of samples undercuts at these problems.
        reached: whether `half_width` meets the one wanted.
        low, high: nine audits of ten come out with a half-width between these.
        sure: the share of audits that come out within 20 % of `half_width`.
        first: the extension of the pilot that is needed before `sure` can be 0.9; None if it is, or if no pilot up
            to the audit's size can help: then chance alone moves the width by more, and `low` and `high` say how far.
        new_samples: samples still to be made, where the audit goes on from the pilot.
    """

    k: int
    target: Target
    wanted: float | None
    problems: int
    n: int
    half_width: float
    floor: float
    reached: bool
    basis: Basis
    low: float
    high: float
    sure: float
    first: First | None
    new_samples: int

    @property
    def samples(self) -> int:
        """All samples together."""
        return self.problems * self.n

    @property
    def firm(self) -> bool:
        """Whether nine audits of ten come out within 20 % of the half-width."""
        return self.sure >= SURE and self.first is None


def predict(
    prospect: Prospect,
    problems: int,
    n: int,
    target: Target = "new",
    confidence: float = 0.95,
    fresh: bool = False,
) -> Plan:
    """Return the half-width to expect of an audit of this size.

    Args:
        prospect: of `from_pilot` or `from_prior`.
        problems, n: the audit's size.
        target, confidence: of the interval.
        fresh: whether all problems are new, as where the pilot was another model's.

    Raises:
        EvalError: n below k, fewer than 2 problems for new ones, an unknown target, or new problems from a pilot
            whose problems stand in clusters.
    """
    _check(prospect, problems, n, target)
    return _plan(prospect, None, problems, n, _Sought(target, confidence, fresh))


def plan_audit(
    prospect: Prospect,
    half_width: float,
    *,
    problems: int | None = None,
    n: int | None = None,
    target: Target = "new",
    confidence: float = 0.95,
    fresh: bool = False,
) -> Plan:
    """Return the cheapest audit whose interval is expected to be no wider than plus or minus `half_width`.

    Args:
        prospect: of `from_pilot` or `from_prior`.
        half_width: wanted, in (0, 0.5), as a share: 0.03 is 3 points.
        problems: if the benchmark's size is fixed; then only n is sought. For these problems, the pilot's.
        n: if the samples per problem are fixed; then only the number of problems is sought.
        target, confidence: of the interval.
        fresh: whether all problems are new, as where the pilot was another model's; else the audit goes on from it.

    Returns:
        the plan with the fewest samples still to be made. Where no number of samples is enough, `reached` is False and
        n is where the half-width is within 5 % of its floor: samples beyond that are wasted.

        Where `first` is not None, it comes before the plan: extend the pilot so far, and plan again from all of its
        counts. No extension is larger than the audit planned, so that nothing is sampled in vain, and each is larger
        than the pilot by a quarter, unless that is the audit. Since no half-width w takes more than about t^2/4w^2
        problems, there is an end.

    Raises:
        EvalError: as `predict`; a half-width outside (0, 0.5).
    """
    if not 0.0 < half_width < 0.5:
        raise EvalError(f"the half-width must be between 0 and 0.5, for example 0.03; got {half_width!r}.")
    if problems is None and target == "same" and prospect.pilot is not None and not fresh:
        problems = prospect.pilot.problems
    _check(prospect, problems or 2, n or prospect.k, target)
    sought = _Sought(target, confidence, fresh)
    width = expected_width(prospect, target, confidence)
    if problems is None:
        size = _cheapest(prospect, width, half_width, n, sought)
    elif n is None:
        worth = max(half_width, _NEAR_FLOOR * width(problems, 0))
        least = _enough(lambda each: width(problems, each) <= worth, prospect.k, MOST_SAMPLES)
        pilot = sought.kept(prospect, problems)
        # Fewer samples than the pilot has of these very problems save nothing.
        size = problems, max(least, pilot.least) if pilot and pilot.problems == problems else least
    else:
        size = problems, n
    if target == "same" and n is None and sought.kept(prospect, size[0]):
        size = size[0], _topped_up(prospect, half_width, *size, sought)
    return _plan(prospect, half_width, *size, sought)


@dataclass(frozen=True, slots=True)
class _Sought:
    target: Target
    confidence: float
    fresh: bool

    def kept(self, prospect: Prospect, problems: int) -> Pilot | None:
        return None if self.fresh else kept_pilot(prospect, problems, self.target)

    def outlook(self, prospect: Prospect, problems: int, n: int) -> Outlook:
        return foresee(prospect, problems, n, self.target, self.confidence, self.fresh)

    def cost(self, prospect: Prospect, problems: int, n: int) -> int:
        pilot = self.kept(prospect, problems)
        return problems * n - (int(np.minimum(pilot.n, n).sum()) if pilot else 0)


def _cheapest(
    prospect: Prospect, width: Width, half_width: float, n: int | None, sought: _Sought
) -> tuple[int, int]:
    """Return the size with the fewest new samples; of equals, the one with the most samples."""
    pilot = sought.kept(prospect, MOST_PROBLEMS) if sought.target == "new" else None
    fewest = pilot.problems if pilot else 2
    tries = {n} if n else {round(prospect.k * 2**i) for i in np.arange(0, 6.1, 0.5)}
    if pilot and not n:
        tries.add(pilot.least)
    # However many its samples, an audit needs so many problems: with more samples each, only dearer ones follow.
    bare = _enough(lambda problems: width(problems, 0) <= half_width, fewest, MOST_PROBLEMS)
    found: tuple[int, int, int, int] | None = None
    for each in sorted(tries):
        if found and sought.cost(prospect, bare, each) > found[0]:
            continue
        size = _enough(partial(_meets, width, half_width, each), fewest, MOST_PROBLEMS)
        entry = sought.cost(prospect, size, each), -size * each, size, each
        found = min(found or entry, entry)
    assert found
    return found[2:]


def _meets(width: Width, half_width: float, n: int, problems: int) -> bool:
    return width(problems, n) <= half_width


def _topped_up(prospect: Prospect, half_width: float, problems: int, n: int, sought: _Sought) -> int:
    """Return about the fewest samples of the pilot's problems that are enough, from a first guess n.

    The squared width falls about like 1/n.
    """
    few, enough = prospect.pilot.least - 1 if prospect.pilot else 0, MOST_SAMPLES
    for _ in range(_STEPS):
        ratio = sought.outlook(prospect, problems, n).half_width / half_width
        few, enough = (few, min(n, enough)) if ratio <= 1 else (max(n, few), enough)
        if enough <= few + 1 or 1 - _SLACK <= ratio <= 1:
            break
        n = min(enough - 1, max(few + 1, ceil(n * (ratio / (1 - _SLACK / 2)) ** 2)))
    return enough


def _enough(enough: Callable[[int], bool], low: int, high: int) -> int:
    """Return the smallest whole number from `low` that is enough, or `high` if none is; the answer is monotone."""
    step = below = low
    while step < high and not enough(step):
        below, step = step + 1, 2 * step
    low, high = below, min(step, high)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _plan(prospect: Prospect, wanted: float | None, problems: int, n: int, sought: _Sought) -> Plan:
    outlook = sought.outlook(prospect, problems, n)
    found = outlook.half_width
    floor = expected_width(prospect, sought.target, sought.confidence)(problems, 0)
    return Plan(
        prospect.k,
        sought.target,
        wanted,
        problems,
        n,
        found,
        floor,
        wanted is None or found <= wanted,
        prospect.basis,
        outlook.low,
        outlook.high,
        outlook.sure,
        _first(prospect, problems, n, outlook, sought),
        sought.cost(prospect, problems, n),
    )


def _first(prospect: Prospect, problems: int, n: int, outlook: Outlook, sought: _Sought) -> First | None:
    """Return the extension of the pilot after which the plan should be firm.

    The variance of the width's logarithm is as 1/pilot - 1/audit where the audit goes on from the pilot, and as
    1/pilot + 1/audit where it does not.
    """
    pilot = prospect.pilot
    if pilot is None or (outlook.sure >= SURE and prospect.basis == "pilot"):
        return None
    kept = sought.kept(prospect, problems) is not None
    if prospect.basis == "extrapolation":
        size, each = pilot.problems, prospect.k
    elif sought.target == "same" and kept:
        size, each = problems, _extended(pilot.least, n, outlook.spread, -1)
    else:
        size, each = _extended(pilot.problems, problems, outlook.spread, -1 if kept else 1), n
    if not (size and each):
        return None
    missing = np.maximum(0, each - pilot.n).sum() + (size - pilot.problems) * each
    return First(size, each, int(missing))


def _extended(pilot: int, audit: int, spread: float, sign: int) -> int:
    """Return the pilot's size at which the spread is small enough, no larger than the audit; 0 if there is none."""
    now = 1 / pilot + sign / audit
    if now <= 0:
        return 0
    share = now * (log(1 + NEAR) / spread) ** 2 - sign / audit
    if share <= 0:
        return 0
    wanted = max(ceil(1 / share), ceil(_GROWTH * pilot))
    # A pilot larger than an audit that does not use it costs more than to see how the audit comes out.
    return min(wanted, audit) if sign < 0 else wanted * (wanted <= audit)


def _check(prospect: Prospect, problems: int, n: int, target: Target) -> None:
    if target not in get_args(Target):
        raise EvalError(f"target must be one of {', '.join(get_args(Target))}; got {target!r}.")
    if target == "new" and prospect.pilot is not None:
        prospect.pilot.check_alone()
    if not prospect.k <= n <= MOST_SAMPLES:
        raise EvalError(f"n must be within k={prospect.k}..{MOST_SAMPLES}, where pass@k is defined; got {n}.")
    if not 2 <= problems <= MOST_PROBLEMS:
        raise EvalError(f"the number of problems must be within 2..{MOST_PROBLEMS}; got {problems}.")
