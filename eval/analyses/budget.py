"""Accuracy against tokens, and the regret of tokens that bought nothing (MRT, Qu et al. 2025, arXiv 2503.07572).

regret after k episodes  = sum_j (oracle - J_j)
normalised regret at C0  = oracle - (area under accuracy over tokens from 0 to C0) / C0,  oracle 1
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.clusters import cluster_values, labels_of
from eval.errors import EvalError
from eval.intervals import mean_interval


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget: the share of samples that are right and no longer than it, mean over problems."""

    budget: int
    accuracy: float
    low: float | None
    high: float | None


def budget_curve(
    problems: npt.ArrayLike,
    tokens: npt.ArrayLike,
    correct: npt.ArrayLike,
    budgets: Sequence[int] | None = None,
    confidence: float = 0.95,
    clusters: Mapping[Hashable, str] | None = None,
) -> list[BudgetRow]:
    """Return accuracy under caps on the length: what the same samples are worth if they must end by then.

    That is not what the model would do if it were told the cap, or forced to answer at it.

    Args:
        problems: shape (S,), the problem of each sample.
        tokens: shape (S,), lengths in tokens, at least 0.
        correct: shape (S,), truth values.
        budgets: caps in tokens, at least 1; default: twelve, evenly spaced up to the longest sample.
        confidence: of the intervals, for new problems of this kind.
        clusters: problem -> its cluster, where problems have something in common.

    Raises:
        EvalError: nothing given, shapes that differ, a budget below 1, or a problem without a cluster.
    """
    length, right = np.asarray(tokens, dtype=np.float64), np.asarray(correct, dtype=bool)
    names = np.asarray(problems)
    if not len(names) or not len(names) == len(length) == len(right):
        raise EvalError(
            f"a budget curve needs one problem, length and verdict per sample; got {len(names)}, "
            f"{len(length)} and {len(right)}."
        )
    if not np.isfinite(length).all() or length.min() < 0:
        raise EvalError("lengths must be whole numbers of tokens, at least 0.")
    caps = _default(length) if budgets is None else sorted(set(budgets))
    if not caps or caps[0] < 1:
        raise EvalError("budgets must be whole numbers of tokens, at least 1.")
    each, code, size = np.unique(names, return_inverse=True, return_counts=True)
    labels = labels_of(each.tolist(), clusters)
    rows = []
    for cap in caps:
        hits = np.bincount(code, weights=right & (length <= cap), minlength=len(size))
        shares = cluster_values((hits / size)[:, None], labels)[:, 0]
        at = mean_interval(shares, len(length), confidence)
        rows.append(BudgetRow(int(cap), at.estimate, at.low, at.high))
    return rows


def _default(length: npt.NDArray[np.float64]) -> list[int]:
    return sorted({max(1, math.ceil(length.max() * i / 12)) for i in range(1, 13)})


def normalised_regret(tokens: npt.ArrayLike, accuracy: npt.ArrayLike, budget: float) -> float:
    """Return 1 - area/budget: 0 would be an oracle that is right without a token, 1 one that is never right.

    The area is that of the trapezoids from (0, 0) through the points; the last accuracy is held up to the
    budget, and a budget between two points cuts their line.

    Args:
        tokens: shape (P,), strictly ascending, above 0: tokens spent when the accuracy was measured.
        accuracy: shape (P,), in [0, 1].
        budget: in tokens, above 0.

    Raises:
        EvalError: values outside those ranges, or shapes that differ.
    """
    x, y = np.asarray(tokens, dtype=np.float64), np.asarray(accuracy, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise EvalError(
            f"tokens and accuracy must be two lists of one length; got shapes {x.shape} and {y.shape}."
        )
    if not (np.isfinite(x).all() and x[0] > 0 and (np.diff(x) > 0).all()):
        raise EvalError("tokens must be above 0 and strictly ascending.")
    if not ((y >= 0) & (y <= 1)).all():
        raise EvalError("accuracy must be within 0..1.")
    if not 0 < budget < math.inf:
        raise EvalError(f"the budget must be a positive number of tokens; got {budget}.")
    x, y = np.concatenate([[0.0], x]), np.concatenate([[0.0], y])
    inside = x < budget
    xs = np.append(x[inside], budget)
    ys = np.append(y[inside], np.interp(budget, x, y))  # beyond the last point interp holds its value
    return 1.0 - float(((ys[1:] + ys[:-1]) / 2 * np.diff(xs)).sum()) / budget


def cumulative_regret(values: npt.ArrayLike, oracle: float = 1.0) -> float:
    """Return the sum over episodes of oracle - J.

    Args:
        values: shape (episodes + 1,), J in [0, oracle]: first the value of answering at once, which is the start
            and no episode, then the value after each episode.
        oracle: the value of the best policy.

    Raises:
        EvalError: no values, or one outside [0, oracle].
    """
    j = np.asarray(values, dtype=np.float64)
    if j.ndim != 1 or not j.size or not ((j >= 0) & (j <= oracle)).all():
        raise EvalError(f"values must be a list within 0..{oracle:g}, the value of answering at once first.")
    return float((oracle - j[1:]).sum())
