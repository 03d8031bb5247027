"""Cover@tau: the share of problems that are solved at a rate of at least tau, with an honest interval.

c/n >= tau says p >= tau only up to chance: a problem at p = tau - 0.01 is counted half the time. The interval
holds that error as well as the one of having drawn these problems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.clusters import cluster_labels, cluster_values
from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.intervals import critical, mean_interval
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
    share is taken off. Where problems have clusters, the share's interval is over clusters. The interval holds
    its level for every distribution of rates, and narrows with n as well as with the number of problems.

    Raises:
        EvalError: tau outside (0, 1], no counts, a confidence outside (0, 1).
    """
    if not 0.0 < tau <= 1.0:
        raise EvalError(f"tau must be above 0 and at most 1, for example 0.5; got {tau!r}.")
    found = check_counts(counts)
    slack = _SLACK * (1.0 - confidence) / 2
    labels, level = cluster_labels(found), 1.0 - (1.0 - _SLACK) * (1.0 - confidence)
    above = [_tail(x.n, x.c, tau) <= slack for x in found]
    below = [_tail(x.n, x.n - x.c, 1 - tau) <= slack for x in found]
    estimate = sum(x.c >= tau * x.n * (1 - 1e-12) for x in found) / len(found)
    least, least_not = (_least(called, labels, level) for called in (above, below))
    called = sum(above), sum(below), len(found)
    if least is None or least_not is None:
        return Cover(tau, estimate, None, None, *called)
    low, high = _without(least, slack), 1.0 - _without(least_not, slack)
    return Cover(tau, estimate, min(low, estimate), max(high, estimate), *called)


def _least(called: list[bool], labels: list[str] | None, confidence: float) -> float | None:
    """Return the lower limit of the share of problems so called: over clusters where there are some."""
    if labels is not None:
        values = cluster_values(np.array(called, dtype=np.float64)[:, None], labels)
        return mean_interval(values[:, 0], len(called), confidence).low
    t = critical(len(called), confidence)
    return None if t is None else share_interval(sum(called) / len(called), len(called), t)[0]


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
