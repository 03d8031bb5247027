"""Intervals for the other target: *these problems, new samples*.

Had the same problems been sampled again, where would the curve lie? Only sampling noise counts, so these are
narrower than those for new problems, by a factor of ten at small k, and answer a smaller question: never
"is the model better at such problems".
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from eval.intervals import Interval, normal_critical
from eval.passk import Floats, Ints, pass_at_k
from eval.rates import Rates, fit_rates
from eval.variance import variance_at_k, variance_estimate
from rewards.wilson import share_interval

_ENOUGH = 4  # samples per draw: with fewer the unbiased estimate is itself mostly noise
TARGET = "these problems, new samples"
Basis = Literal["unbiased", "model"]
"""`unbiased`: from the unbiased variance estimate, where n >= 4k. `model`: from a fitted distribution of
success rates, because the counts alone say too little (n < 4k) or nothing (n < 2k) about the noise."""


def same_problem_interval(
    n: Ints, c: Ints, k: int, confidence: float = 0.95, rates: Rates | None = None
) -> tuple[Interval, Basis]:
    """Return mean pass@k over these problems, its interval over repeated sampling, and what it rests on.

    Wilson's form with the effective size p(1-p)/variance, so that it stays within [0, 1]. The size is never below all
    samples / k: one draw of k has at most the variance p(1-p) of a yes or no, and the mean over all draws from n
    samples at most k/n of it (Hoeffding 1948). Without that limit the interval was all of [0, 1] where one problem of
    many was not quite solved: the estimated variance is then far above p(1-p).

    Args:
        n, c: shape (M,).
        k: draws, at most the smallest n.
        confidence: in (0, 1).
        rates: a fit of `fit_rates`, if there is one already.
    """
    values = pass_at_k(n, c, k)
    p = min(1.0, max(0.0, float(values.mean())))
    squared, basis = sampling_variance(n, c, k, rates)
    size = max(p * (1.0 - p) / squared if squared > 0 else 0.0, float((n / k).sum()))
    return Interval(p, *share_interval(p, size, normal_critical(confidence))), basis


def one_more(n: int, k: int) -> float:
    """Return the variance of the problem with one correct sample that is added; 0 for n < 4k, where none is."""
    return float(variance_estimate(n, 1, k)) if _ENOUGH * k <= n else 0.0


def sampling_variance(n: Ints, c: Ints, k: int, rates: Rates | None = None) -> tuple[float, Basis]:
    """Return the variance of mean pass@k over repeated sampling of the same problems, always above 0.

    Where it is unbiased, one problem with a single correct sample is added to the sum: without it the
    variance is 0 where no problem is solved sometimes.
    """
    problems, fewest = len(n), int(n.min())
    if _ENOUGH * k <= fewest:
        return (float(variance_estimate(n, c, k).sum()) + one_more(fewest, k)) / problems**2, "unbiased"
    rates = fit_rates(n, c) if rates is None else rates
    # At ragged n the smallest stands for all: its noise is the largest.
    noise: Floats = variance_at_k(fewest, k, rates.rate)
    return float(rates.weight @ noise) / problems, "model"


def same_problem_difference(
    base: tuple[Ints, Ints], tuned: tuple[Ints, Ints], k: int, confidence: float = 0.95
) -> tuple[Interval, Basis]:
    """Return tuned minus base over these problems: the noise of both sides adds, the problems' spread not."""
    estimate = float((pass_at_k(*tuned, k) - pass_at_k(*base, k)).mean())
    found = [sampling_variance(*side, k) for side in (base, tuned)]
    half = normal_critical(confidence) * float(np.sqrt(found[0][0] + found[1][0]))
    basis: Basis = "model" if "model" in (found[0][1], found[1][1]) else "unbiased"
    return Interval(estimate, max(-1.0, estimate - half), min(1.0, estimate + half)), basis
