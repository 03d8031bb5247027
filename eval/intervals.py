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

import numpy as np
import numpy.typing as npt

from eval.errors import EvalError
from eval.student import t_quantile
from rewards.wilson import share_interval

TARGET = "new problems of this kind"
ONE_PROBLEM = "one problem says nothing about other problems: no interval"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its confidence limits; the limits are None where `reason` says why there are none."""

    estimate: float
    low: float | None
    high: float | None
    reason: str = ""


def mean_interval(values: npt.ArrayLike, samples: int, confidence: float = 0.95) -> Interval:
    """Return the mean of per-problem estimates in [0, 1] with a score interval on the effective sample size.

    Wilson's interval (JASA 22:209, 1927) with n_eff = p(1-p)/SE^2 in place of n, SE^2 = S^2/M, and Student's
    t with M-1 degrees of freedom in place of z, as survey statistics does for shares with a design effect
    (Korn and Graubard 1998). It stays within [0, 1] and has a width at p = 0 and p = 1. Close to 0 and 1 the
    problems that happened to be drawn say little about the rare other ones, so n_eff is never more than it is
    after one solved and one unsolved pseudo-problem are added: without them coverage fell to 0.44 in
    `benchmarks/interval_coverage.py`.

    Args:
        values: shape (M,), one estimate per problem.
        samples: all samples behind the estimates, at least M; n_eff never exceeds it.
        confidence: in (0, 1).

    Returns:
        limits are None for M = 1.
    """
    x = np.asarray(values, dtype=np.float64)
    t = critical(len(x), confidence)
    p = min(1.0, max(0.0, math.fsum(x) / len(x)))
    if t is None:
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

    Student's t after adding two pseudo-problems, one +1 and one -1 (the idea of Bonett and Price 2012 for
    paired proportions). The plain t interval fails where few problems differ, as at large k: with none, its
    width is 0. The price is an interval wider than needed on few problems; on many it is the plain one.

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
    padded = np.concatenate([d, [1.0, -1.0]])
    half = t * float(np.std(padded, ddof=1)) / math.sqrt(len(padded))
    centre = math.fsum(padded) / len(padded)
    return Interval(mean, max(-1.0, min(mean, centre - half)), min(1.0, max(mean, centre + half)))


def critical(problems: int, confidence: float) -> float | None:
    """Return the two-sided critical value of Student's t, problems-1 degrees of freedom; None for 1 problem.

    Raises:
        EvalError: no problems, or a confidence outside (0, 1).
    """
    if not (isinstance(confidence, float) and 0.0 < confidence < 1.0):
        raise EvalError(f"confidence must be between 0 and 1, for example 0.95; got {confidence!r}.")
    if problems < 1:
        raise EvalError("there are no problems to average over.")
    return _critical(problems, confidence) if problems > 1 else None


@lru_cache(maxsize=256)
def _critical(problems: int, confidence: float) -> float:
    return t_quantile(0.5 + confidence / 2.0, problems - 1)
