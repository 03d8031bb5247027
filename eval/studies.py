"""Studies of several seeds on several tasks: aggregates that one lucky seed or task does not decide.

Agarwal et al. 2021 (NeurIPS, "Deep RL at the edge of the statistical precipice"): the interquartile mean, the
optimality gap, performance profiles and the probability of improvement, with intervals by a bootstrap that
resamples seeds within each task. A task is fixed, not drawn: the target is *these tasks, new seeds*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eval.errors import EvalError
from eval.intervals import Interval, check_confidence
from eval.passk import Floats

Statistic: TypeAlias = Callable[[Floats], Floats]
"""Scores of shape (..., seeds, tasks) -> one value per leading index."""
TARGET = "these tasks, new seeds"


def mean(scores: Floats) -> Floats:
    """Return the mean over seeds and tasks."""
    found: Floats = scores.mean(axis=(-2, -1))
    return found


def median(scores: Floats) -> Floats:
    """Return the median over tasks of each task's mean over seeds."""
    found: Floats = np.median(scores.mean(axis=-2), axis=-1)
    return found


def iqm(scores: Floats) -> Floats:
    """Return the interquartile mean: all scores pooled, the lowest and the highest quarter (floor) left out."""
    pooled = np.sort(scores.reshape(*scores.shape[:-2], -1), axis=-1)
    cut = pooled.shape[-1] // 4
    found: Floats = pooled[..., cut : pooled.shape[-1] - cut].mean(axis=-1)
    return found


def optimality_gap(scores: Floats, goal: float = 1.0) -> Floats:
    """Return how far scores fall short of `goal` on average; what exceeds it counts as reaching it."""
    found: Floats = np.maximum(goal - scores, 0.0).mean(axis=(-2, -1))
    return found


AGGREGATES: Mapping[str, Statistic] = {
    "iqm": iqm,
    "mean": mean,
    "median": median,
    "optimality_gap": optimality_gap,
}


def check_scores(scores: npt.ArrayLike) -> Floats:
    """Return scores as an array of shape (seeds, tasks), or raise EvalError: another shape, NaN, none."""
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 2 or not found.size:
        raise EvalError(f"scores have one row per seed and one column per task; got shape {found.shape}.")
    if not np.isfinite(found).all():
        raise EvalError("a score is not a finite number; a failed run needs a score, or its seed left out.")
    return found


def aggregate(
    scores: npt.ArrayLike,
    statistic: Statistic = iqm,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return an aggregate of one model with its percentile interval over new seeds.

    Raises:
        EvalError: as `check_scores`; a confidence outside (0, 1). One seed has no interval.
    """
    x = check_scores(scores)
    return _interval(
        float(statistic(x)), [x], lambda drawn: statistic(drawn[0]), confidence, replicates, seed
    )


def probability_of_improvement(
    scores: npt.ArrayLike,
    baseline: npt.ArrayLike,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the chance that a run beats a run of the baseline on a task drawn at random; ties count half.

    Args:
        scores, baseline: shape (seeds, tasks), tasks in the same order; the seeds may differ in number.

    Raises:
        EvalError: as `aggregate`; a different number of tasks.
    """
    x, y = check_scores(scores), check_scores(baseline)
    if x.shape[1] != y.shape[1]:
        raise EvalError(f"both models need the same tasks; got {x.shape[1]} and {y.shape[1]}.")
    return _interval(float(_wins(x, y)), [x, y], lambda d: _wins(d[0], d[1]), confidence, replicates, seed)


def performance_profile(scores: npt.ArrayLike, levels: npt.ArrayLike) -> Floats:
    """Return the share of runs, over all tasks, that score above each level."""
    x, at = check_scores(scores), np.asarray(levels, dtype=np.float64)
    found: Floats = (x.ravel()[:, None] > at.ravel()).mean(axis=0)
    return found


def resample(scores: Floats, replicates: int, rng: np.random.Generator) -> Floats:
    """Return bootstrap samples of shape (replicates, seeds, tasks): seeds drawn anew within each task."""
    seeds, tasks = scores.shape
    rows = rng.integers(0, seeds, (replicates, seeds, tasks))
    found: Floats = scores[rows, np.arange(tasks)]
    return found


def _wins(x: Floats, y: Floats) -> Floats:
    gap = x[..., :, None, :] - y[..., None, :, :]
    found: Floats = ((gap > 0) + 0.5 * (gap == 0)).mean(axis=(-3, -2, -1))
    return found


def _interval(
    estimate: float,
    groups: list[Floats],
    statistic: Callable[[list[Floats]], Floats],
    confidence: float,
    replicates: int,
    seed: int,
) -> Interval:
    check_confidence(confidence)
    if min(len(group) for group in groups) < 2:
        return Interval(estimate, None, None, "one seed says nothing about other seeds: no interval")
    rng = np.random.default_rng(seed)
    block = max(1, (1 << 20) // max(group.size for group in groups))
    parts = []
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        parts.append(statistic([resample(group, size, rng) for group in groups]))
    tail = (1.0 - confidence) / 2
    low, high = np.quantile(np.concatenate(parts), [tail, 1.0 - tail])
    return Interval(estimate, min(estimate, float(low)), max(estimate, float(high)))
