"""The half-width that an interval of `eval.intervals` or `eval.same_problems` will have, for many audits at once.

Pseudo-problems included: a textbook formula is wrong where pass@k is near 0 or 1, and there plans are hardest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from eval.intervals import critical, normal_critical
from eval.passk import Floats
from eval.prospect import Prospect
from eval.same_problems import one_more

Target = Literal["new", "same"]
"""`new`: new problems of this kind; `same`: these problems, new samples."""
Width = Callable[[int, int], float]


def expected_width(prospect: Prospect, target: Target, confidence: float) -> Width:
    """Return a function of problems and n: the half-width; n = 0 stands for samples without end."""

    @lru_cache(maxsize=512)
    def within(n: int) -> float:
        return prospect.within(n) if n else 0.0

    def new(problems: int, n: int) -> float:
        most = problems * n if n else None
        return float(new_half(prospect.mean, prospect.between + within(n), problems, most, confidence))

    def same(problems: int, n: int) -> float:
        if not n:
            return 0.0
        return float(same_half(prospect.mean, within(n) / problems, problems, n, prospect.k, confidence))

    return new if target == "new" else same


def new_half(
    mean: npt.ArrayLike, spread: npt.ArrayLike, problems: int, most: float | None, confidence: float
) -> Floats:
    """Return the half-width for new problems of audits with this mean and spread of their problems' estimates.

    Args:
        mean, spread: shape (A,), mean and variance (ddof 1) of the estimates in [0, 1], one per audit.
        problems: of each audit, at least 2.
        most: all samples of an audit, which the effective size never exceeds; None for no limit.
        confidence: of the interval.
    """
    p, s = np.clip(np.asarray(mean, dtype=np.float64), 0.0, 1.0), np.asarray(spread, dtype=np.float64)
    padded = problems + 2
    middle = (problems * p + 1) / padded
    squares = (problems - 1) * s + problems * p * p + 1 - padded * middle * middle
    size = middle * (1 - middle) * padded / (squares / (padded - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where((s > 0) & (p > 0) & (p < 1), p * (1 - p) * problems / s, np.inf)
    size = np.minimum(size, plain)
    limit = np.minimum(size, most) if most is not None else size
    return half(p, np.where((p == 0) | (p == 1), problems, limit), critical(problems, confidence) or 0.0)


def same_half(
    mean: npt.ArrayLike, noise: npt.ArrayLike, problems: int, n: int, k: int, confidence: float
) -> Floats:
    """Return the half-width for these problems of audits with this mean, as `eval.same_problems` has it.

    Args:
        mean, noise: shape (A,), one per audit; noise is the squared standard error of the mean.
        problems, n: of each audit.
        k: draws.
        confidence: of the interval.
    """
    p, found = np.broadcast_arrays(np.asarray(mean, dtype=np.float64), np.asarray(noise, dtype=np.float64))
    error = found + one_more(n, k) / problems**2
    size = np.where(error > 0, p * (1 - p) / np.where(error > 0, error, 1.0), 0.0)
    size = np.maximum(size, problems * n / k)
    return half(p, size, normal_critical(confidence))


def half(p: Floats, size: Floats, t: float) -> Floats:
    """Return half the width of `rewards.wilson.share_interval`, elementwise."""
    part = t * t / size
    middle = (p + part / 2) / (1 + part)
    wide = t * np.sqrt(p * (1 - p) / size + part / (4 * size)) / (1 + part)
    found: Floats = (np.clip(middle + wide, p, 1.0) - np.clip(middle - wide, 0.0, p)) / 2
    return found
