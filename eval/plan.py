"""How many problems and samples an audit needs, from a pilot or a guess, and when more samples cannot help.

The half-width of an interval for new problems falls with the number of problems for ever, but with the number
of samples only down to a floor: the problems' own spread. The plan predicts the interval that
`eval.intervals` will draw, pseudo-problems included, not a textbook one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.intervals import critical, normal_critical
from eval.passk import pass_at_k
from eval.rates import Rates, fit_rates
from eval.student import incomplete_beta
from eval.variance import variance_estimate
from rewards.wilson import share_interval

Target = Literal["new", "same"]
"""`new`: new problems of this kind; `same`: these problems, new samples."""
_Width = Callable[[int, int], float]
_NEAR_FLOOR, _ENOUGH = 1.05, 12.0
MOST_PROBLEMS, MOST_SAMPLES = 1_000_000, 100_000


@dataclass(frozen=True)
class Prospect:
    """What is known, or assumed, before the audit.

    Attributes:
        k: draws.
        mean: expected pass@k.
        between: variance of the true pass@k from problem to problem.
        rates: distribution of success rates, for the sampling noise at any n.
        basis: `pilot`, `extrapolation` (k beyond the pilot's n) or `prior`.
        deciding: the pilot's problems on the rarer side, M times the smaller of pass@k and 1 - pass@k; None
            without a pilot. Fewer than 12 do not know their spread: plans from them are more than 20 % off
            in more than one case of ten (`benchmarks/eval_planner.py`).
    """

    k: int
    mean: float
    between: float
    rates: Rates
    basis: str
    deciding: float | None = None

    @property
    def rough(self) -> bool:
        """Whether the pilot is too small for the plan to be trusted to 20 %."""
        return self.deciding is not None and self.deciding < _ENOUGH


@dataclass(frozen=True, slots=True)
class Plan:
    """An audit of `problems` problems with `n` samples each, and the half-width to expect of its interval.

    `floor` is the half-width that no number of samples undercuts at these problems; `reached` says whether
    `half_width` meets the one wanted.
    """

    k: int
    target: Target
    wanted: float | None
    problems: int
    n: int
    half_width: float
    floor: float
    reached: bool
    basis: str

    @property
    def samples(self) -> int:
        """All samples together."""
        return self.problems * self.n


def from_pilot(counts: Sequence[Count], k: int) -> Prospect:
    """Return what a pilot audit says about a larger one; 20 problems and n >= k make a useful pilot.

    Raises:
        EvalError: fewer than 2 problems, k below 1.
    """
    found = check_counts(counts)
    if len(found) < 2 or k < 1:
        raise EvalError(f"a plan needs a pilot of at least 2 problems and k >= 1; got {len(found)}, k={k}.")
    n, c = np.array([x.n for x in found]), np.array([x.c for x in found])
    rates = fit_rates(n, c)
    if k > n.min():
        mean = rates.mean(k)
        return Prospect(k, mean, rates.between(k), rates, "extrapolation", len(n) * min(mean, 1 - mean))
    values = pass_at_k(n, c, k)
    noise = rates.within(int(n.min()), k)
    between = max(0.0, float(np.var(values, ddof=1)) - noise)
    mean = float(values.mean())
    return Prospect(k, mean, between, rates, "pilot", len(n) * min(mean, 1 - mean))


def from_prior(a: float, b: float, k: int, never: float = 0.0) -> Prospect:
    """Return what a guess says: rates of a beta(a, b) distribution, a share `never` of problems unsolvable.

    beta(0.4, 1.2) is a hard benchmark, beta(1, 0.5) an easy one.

    Raises:
        EvalError: a or b not positive, never outside [0, 1), k below 1.
    """
    if not (0 < a < 1e6 and 0 < b < 1e6 and 0 <= never < 1) or k < 1:
        raise EvalError(
            f"a prior needs a > 0, b > 0, a share 0 <= never < 1 and k >= 1; got a={a}, b={b}, never={never}, k={k}."
        )
    edges = 1.0 / (1.0 + np.exp(np.linspace(14.0, -14.0, 401)))
    below = np.array([0.0, *(incomplete_beta(a, b, x, 1.0 - x) for x in edges), 1.0])
    middle = np.concatenate([[edges[0] / 2], (edges[1:] + edges[:-1]) / 2, [(1 + edges[-1]) / 2], [0.0]])
    rates = Rates(middle, np.append(np.diff(below) * (1.0 - never), never))
    return Prospect(k, rates.mean(k), rates.between(k), rates, "prior")


def predict(
    prospect: Prospect, problems: int, n: int, target: Target = "new", confidence: float = 0.95
) -> Plan:
    """Return the half-width to expect of an audit of this size.

    Raises:
        EvalError: n below k, fewer than 2 problems for new ones, an unknown target.
    """
    _check(prospect, problems, n, target)
    width = _widths(prospect, target, confidence)
    return _plan(prospect, target, None, problems, n, width)


def plan_audit(
    prospect: Prospect,
    half_width: float,
    *,
    problems: int | None = None,
    n: int | None = None,
    target: Target = "new",
    confidence: float = 0.95,
) -> Plan:
    """Return the smallest audit whose interval is expected to be no wider than plus or minus `half_width`.

    Args:
        prospect: of `from_pilot` or `from_prior`.
        half_width: wanted, in (0, 0.5), as a share: 0.03 is 3 points.
        problems: if the benchmark's size is fixed; then only n is sought.
        n: if the samples per problem are fixed; then only the number of problems is sought.
        target, confidence: of the interval.

    Returns:
        the plan with the fewest samples in all. Where no number of samples is enough, `reached` is False and
        n is where the half-width is within 5 % of its floor: samples beyond that are wasted.

    Raises:
        EvalError: as `predict`; a half-width outside (0, 0.5).
    """
    if not 0.0 < half_width < 0.5:
        raise EvalError(f"the half-width must be between 0 and 0.5, for example 0.03; got {half_width!r}.")
    _check(prospect, problems or 2, n or prospect.k, target)
    width = _widths(prospect, target, confidence)
    if problems is not None:
        sizes = [problems]
        worth = max(half_width, _NEAR_FLOOR * width(problems, 0))
        tries = [n] if n else [_least(lambda each: width(problems, each) <= worth, prospect.k, MOST_SAMPLES)]
    else:
        tries = [n] if n else sorted({round(prospect.k * 2**i) for i in np.arange(0, 6.1, 0.5)})
        sizes = [_enough_problems(width, each, half_width) for each in tries]
        sizes, tries = _cheapest(sizes, tries)
    return _plan(prospect, target, half_width, sizes[0], tries[0], width)


def _enough_problems(width: _Width, n: int, half_width: float) -> int:
    return _least(lambda problems: width(problems, n) <= half_width, 2, MOST_PROBLEMS)


def _cheapest(sizes: list[int], tries: list[int]) -> tuple[list[int], list[int]]:
    _, best = min((m * n, i) for i, (m, n) in enumerate(zip(sizes, tries, strict=True)))
    return [sizes[best]], [tries[best]]


def _least(enough: Callable[[int], bool], low: int, high: int) -> int:
    """Return the smallest whole number that is enough, or `high` if none is; the answer is monotone."""
    if not enough(high):
        return high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _plan(
    prospect: Prospect, target: Target, wanted: float | None, problems: int, n: int, width: _Width
) -> Plan:
    found = width(problems, n)
    floor = width(problems, 0)
    reached = wanted is None or found <= wanted
    return Plan(prospect.k, target, wanted, problems, n, found, floor, reached, prospect.basis)


def _widths(prospect: Prospect, target: Target, confidence: float) -> _Width:
    """Return problems, n -> half-width; n = 0 stands for samples without end."""

    @lru_cache(maxsize=512)
    def within(n: int) -> float:
        return prospect.rates.within(n, prospect.k) if n else 0.0

    def new(problems: int, n: int) -> float:
        size = _effective(prospect.mean, prospect.between + within(n), problems)
        t = critical(problems, confidence) or 0.0
        return _half(prospect.mean, min(size, float(problems * n) if n else size), t)

    def same(problems: int, n: int) -> float:
        one_more = float(variance_estimate(n, 1, prospect.k)) if n >= 4 * prospect.k else 0.0
        squared = (problems * within(n) + one_more) / problems**2
        p = prospect.mean
        return _half(p, p * (1 - p) / squared, normal_critical(confidence)) if squared * p * (1 - p) else 0.0

    return new if target == "new" else same


def _effective(p: float, spread: float, problems: int) -> float:
    """Return the effective number of problems, as `eval.intervals.effective_size` finds it on average."""
    with_two = problems + 2
    mean = (problems * p + 1) / with_two
    squares = (problems - 1) * spread + problems * p * p + 1 - with_two * mean * mean
    padded = mean * (1 - mean) * with_two / (squares / (with_two - 1))
    return min(padded, p * (1 - p) * problems / spread) if spread > 0 and 0 < p < 1 else padded


def _half(p: float, size: float, t: float) -> float:
    low, high = share_interval(min(1.0, max(0.0, p)), size, t)
    return (high - low) / 2


def _check(prospect: Prospect, problems: int, n: int, target: Target) -> None:
    if target not in get_args(Target):
        raise EvalError(f"target must be one of {', '.join(get_args(Target))}; got {target!r}.")
    if not prospect.k <= n <= MOST_SAMPLES:
        raise EvalError(f"n must be within k={prospect.k}..{MOST_SAMPLES}, where pass@k is defined; got {n}.")
    if not 2 <= problems <= MOST_PROBLEMS:
        raise EvalError(f"the number of problems must be within 2..{MOST_PROBLEMS}; got {problems}.")
