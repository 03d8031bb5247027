"""Cover@tau: the share of problems that are solved at a rate of at least tau, with an honest interval.

c/n >= tau says p >= tau only up to chance: a problem at p = tau - 0.01 is counted half the time. The interval
holds that error as well as the one of having drawn these problems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.intervals import critical
from eval.student import incomplete_beta
from rewards.wilson import share_interval

_SLACK = 0.1  # share of the error spent on problems that are called wrongly


@dataclass(frozen=True, slots=True)
class Cover:
    """Cover@tau: `estimate` counts c/n >= tau; `surely`, `surely_not` count problems beyond sampling noise.

    `low` and `high` are None for one problem.
    """

    tau: float
    estimate: float
    low: float | None
    high: float | None
    surely: int
    surely_not: int
    problems: int


def cover_at(counts: Iterable[Count], tau: float, confidence: float = 0.95) -> Cover:
    """Return the share of problems solved at a rate of at least tau (arXiv 2510.08325), for new problems.

    A problem is called "surely" (or "surely not") by an exact binomial test whose error is a tenth of
    1 - confidence; the rest goes to Wilson's interval for the share so called, from which the wrongly called
    share is taken off. The interval holds its level for every distribution of rates, and narrows with n as
    well as with the number of problems.

    Raises:
        EvalError: tau outside (0, 1], no counts, a confidence outside (0, 1).
    """
    if not 0.0 < tau <= 1.0:
        raise EvalError(f"tau must be above 0 and at most 1, for example 0.5; got {tau!r}.")
    found = check_counts(counts)
    slack = _SLACK * (1.0 - confidence) / 2
    t = critical(len(found), 1.0 - (1.0 - _SLACK) * (1.0 - confidence))
    above = sum(_tail(x.n, x.c, tau) <= slack for x in found)
    below = sum(_tail(x.n, x.n - x.c, 1 - tau) <= slack for x in found)
    size = len(found)
    estimate = sum(x.c >= tau * x.n * (1 - 1e-12) for x in found) / size
    if t is None:
        return Cover(tau, estimate, None, None, above, below, size)
    low = _without(share_interval(above / size, size, t)[0], slack)
    high = 1.0 - _without(share_interval(below / size, size, t)[0], slack)
    return Cover(tau, estimate, min(low, estimate), max(high, estimate), above, below, size)


@lru_cache(maxsize=1 << 14)  # problems share few pairs of n and c
def _tail(n: int, c: int, p: float) -> float:
    """Return the chance of at least c of n correct at rate p."""
    if c == 0 or p >= 1.0:
        return 1.0
    if p <= 0.0:
        return 0.0
    return incomplete_beta(c, n - c + 1, p, 1.0 - p)


def _without(share: float, slack: float) -> float:
    """Return a lower limit of the true share, given one of the share that is called so."""
    return max(0.0, (share - slack) / (1.0 - slack))
