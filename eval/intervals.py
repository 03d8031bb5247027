"""Confidence intervals whose target is named: the mean over *new problems of this kind*.

The per-problem estimates are independent draws from the population of problems. Their spread already holds
the noise of sampling each problem a finite number of times, so nothing is added: a bootstrap over samples
inside a bootstrap over problems counts that noise twice. These intervals say nothing about problems of
another kind, and no interval can show what none of the M problems has shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from eval.errors import EvalError
from eval.passk import Floats
from eval.student import t_quantile
from rewards.wilson import share_interval

TARGET = "new problems of this kind"
_PSEUDO, _FEW = 0.5, 4.0
ONE_PROBLEM = "one problem says nothing about other problems: no interval"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its confidence limits; the limits are None where `reason` says why there are none."""

    estimate: float
    low: float | None
    high: float | None
    reason: str = ""


def mean_interval(
    values: npt.ArrayLike, samples: int, confidence: float = 0.95, t: float | None = None
) -> Interval:
    """Return the mean of per-problem estimates in [0, 1] with a score interval on the effective sample size.

    Wilson's interval (JASA 22:209, 1927) with n_eff = p(1-p)/SE^2 in place of n, SE^2 = S^2/M, and Student's
    t with M-1 degrees of freedom in place of z, as survey statistics does for shares with a design effect
    (Korn and Graubard 1998). It stays within [0, 1] and has a width at p = 0 and p = 1. Close to 0 and 1 the
    problems that happened to be drawn say little about the rare other ones, so n_eff is never more than it is
    after one solved and one unsolved pseudo-problem are added: without them coverage fell to 0.44 on 30
    problems at pass@8 of 98 % (`benchmarks/eval_coverage.py` measures it with them).

    Args:
        values: shape (M,), one estimate per problem.
        samples: all samples behind the estimates, at least M; n_eff never exceeds it.
        confidence: in (0, 1).
        t: replaces the critical value of one interval, for a band.

    Returns:
        limits are None for M = 1.
    """
    x = np.asarray(values, dtype=np.float64)
    single = critical(len(x), confidence)
    t = single if t is None else t
    p = min(1.0, max(0.0, math.fsum(x) / len(x)))
    if single is None or t is None:
        return Interval(p, None, None, ONE_PROBLEM)
    low, high = share_interval(p, effective_size(x, p, samples), t)
    return Interval(p, low, high)


def effective_size(x: npt.NDArray[np.float64], p: float, samples: int) -> float:
    """Return how many independent yes/no draws have the standard error of the mean of `x`.

    Args:
        x: shape (M,), M >= 2, in [0, 1].
        p: the mean of `x`.
        samples: an upper limit, at least M.
    """
    if p in (0.0, 1.0):
        return float(len(x))
    return min(float(samples), _draws(x, p), _draws(np.append(x, (0.0, 1.0))))


def _draws(x: npt.NDArray[np.float64], p: float | None = None) -> float:
    mean = float(x.mean()) if p is None else p
    squared_error = float(np.var(x, ddof=1)) / len(x)
    return mean * (1.0 - mean) / squared_error if squared_error else math.inf


def difference_interval(differences: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the mean of paired per-problem differences in [-1, 1] with its interval.

    Args:
        differences: shape (M,), tuned minus base.
        confidence: in (0, 1).

    Returns:
        the plain mean as estimate, always between the limits; limits are None for M = 1.
    """
    d = np.asarray(differences, dtype=np.float64)
    t = critical(len(d), confidence)
    mean = math.fsum(d) / len(d)
    if t is None:
        return Interval(mean, None, None, ONE_PROBLEM)
    low, high = difference_limits(d[:, None], t)
    return Interval(mean, min(mean, float(low[0])), max(mean, float(high[0])))


def difference_limits(d: Floats, t: float) -> tuple[Floats, Floats]:
    """Return the limits of the mean of each column of paired differences in [-1, 1].

    Student's t after adding two pseudo-problems of weight one half, +a and -a (the idea of Bonett and Price
    2012 for paired proportions). The plain t interval fails where the mean hangs on few problems, as at large
    k: with none that differ, its width is 0. How few they are is N = (sum d^2)^2 / sum d^4: with N below 4 a
    is 1, as if a problem had been won and one lost; with more, a falls to the largest difference seen, since
    the next problem may well be as extreme as any.

    Args:
        d: shape (M, K), M >= 2, one column per k.
        t: the critical value, from `critical` for one interval or `simultaneous_critical` for a band.

    Returns:
        low and high, each of shape (K,), within [-1, 1].
    """
    largest = np.abs(d).max(axis=0)
    largest = np.where(largest > 0.0, largest, 1.0)
    squares = (d / largest) ** 2
    effective = squares.sum(axis=0) ** 2 / np.maximum((squares**2).sum(axis=0), 1e-300)
    few = np.minimum(1.0, _FEW / np.maximum(effective, 1e-9)) ** 2
    size = largest + (1.0 - largest) * few
    count = len(d) + 2 * _PSEUDO
    centre = d.sum(axis=0) / count
    squared = (d**2).sum(axis=0) + 2 * _PSEUDO * size**2 - count * centre**2
    half = t * np.sqrt(np.maximum(squared, 0.0) / (count - 1) / count)
    return np.maximum(-1.0, centre - half), np.minimum(1.0, centre + half)


def critical(problems: int, confidence: float) -> float | None:
    """Return the two-sided critical value of Student's t, problems-1 degrees of freedom; None for 1 problem.

    Raises:
        EvalError: no problems, or a confidence outside (0, 1).
    """
    check_confidence(confidence)
    if problems < 1:
        raise EvalError("there are no problems to average over.")
    return _critical(problems, confidence) if problems > 1 else None


@lru_cache(maxsize=1 << 14)
def _critical(problems: int, confidence: float) -> float:
    return t_quantile(0.5 + confidence / 2.0, problems - 1)


def normal_critical(confidence: float) -> float:
    """Return the two-sided critical value of the normal distribution. Raises EvalError as `critical` does."""
    check_confidence(confidence)
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)


def check_confidence(confidence: float) -> None:
    """Raise EvalError for a confidence outside (0, 1)."""
    if not (isinstance(confidence, float) and 0.0 < confidence < 1.0):
        raise EvalError(f"confidence must be between 0 and 1, for example 0.95; got {confidence!r}.")
