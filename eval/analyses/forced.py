"""Accuracy against a budget of thought: each thought is cut there and the same policy must answer.

This is how MRT (arXiv 2503.07572) reads token efficiency: not from the mean length, but from the tokens at which the
curve first reaches a given accuracy. `budget_curve` asks another question, of whole samples: who ended in time.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eval.analyses.budget import normalised_regret
from eval.bootstrap import resampled_clusters
from eval.clusters import cluster_values, labels_of
from eval.errors import EvalError
from eval.intervals import Interval, mean_interval
from eval.passk import Floats


@dataclass(frozen=True)
class ForcedCurve:
    """What thoughts are worth when they are cut, mean over each problem's samples.

    Attributes:
        problems: ids, sorted.
        budgets: shape (B,), tokens of thought allowed, ascending.
        accuracy: shape (problems, B), share of right forced answers.
        used: shape (problems, B), tokens of thought used: the budget, or all of a shorter thought.
        samples: thoughts behind it.
        clusters: the cluster of each problem, None if each stands alone.
    """

    problems: tuple[Hashable, ...]
    budgets: tuple[int, ...]
    accuracy: Floats
    used: Floats
    samples: int
    clusters: tuple[str, ...] | None = None

    @property
    def means(self) -> Floats:
        """Accuracy over problems at each budget, shape (B,)."""
        found: Floats = self.accuracy.mean(axis=0)
        return found

    def at(self, place: int, confidence: float = 0.95) -> Interval:
        """Return the accuracy at the budget in this place with its interval, for new problems of this kind."""
        values = cluster_values(self.accuracy[:, [place]], self.clusters)[:, 0]
        return mean_interval(values, self.samples, confidence)

    def regret(self, budget: float, answer: float = 0.0) -> float:
        """Return the normalised regret up to `budget` tokens; `answer` tokens are added to each budget."""
        tokens = [b + answer for b in self.budgets]
        first = 1 if tokens[0] == 0 else 0
        return normalised_regret(tokens[first:], self.means[first:], budget)


def forced_curve(
    problems: Sequence[Hashable],
    lengths: Sequence[int],
    budgets: Sequence[int],
    correct: npt.ArrayLike,
    clusters: Mapping[Hashable, str] | None = None,
) -> ForcedCurve:
    """Return the curve of cut thoughts.

    Args:
        problems: the problem of each thought.
        lengths: tokens of each thought.
        budgets: ascending, at least 0; 0 = answer at once.
        correct: shape (thoughts, B), whether the answer forced at each budget was right.
        clusters: problem -> its cluster, where problems have something in common.

    Raises:
        EvalError: nothing given, shapes that differ, budgets that do not ascend, or a problem without a cluster.
    """
    right = np.asarray(correct, dtype=np.float64)
    if not len(problems) or right.shape != (len(problems), len(budgets)) or len(lengths) != len(problems):
        raise EvalError(
            f"a forced curve needs a problem and a length for each of {len(problems)} thoughts and a verdict for "
            f"each of {len(budgets)} budgets; got {len(lengths)} lengths and verdicts of shape {right.shape}."
        )
    if budgets[0] < 0 or any(b <= a for a, b in pairwise(budgets)):
        raise EvalError("budgets must ascend from at least 0.")
    names = sorted(set(problems), key=str)
    place = {name: i for i, name in enumerate(names)}
    code = np.array([place[p] for p in problems])
    size = np.bincount(code)[:, None]
    used = np.minimum(np.asarray(lengths, dtype=np.float64)[:, None], np.asarray(budgets)[None, :])
    labels = labels_of(names, clusters)
    return ForcedCurve(
        tuple(names),
        tuple(budgets),
        _sums(code, right) / size,
        _sums(code, used) / size,
        len(problems),
        None if labels is None else tuple(labels),
    )


def tokens_to_reach(tokens: npt.ArrayLike, accuracy: npt.ArrayLike, target: float) -> float | None:
    """Return the tokens at which the curve first reaches `target`, on the line between two points; None = never.

    Args:
        tokens: shape (B,), ascending.
        accuracy: shape (B,). It may fall again: what counts is the first time.
        target: an accuracy.
    """
    x, y = np.asarray(tokens, dtype=np.float64), np.asarray(accuracy, dtype=np.float64)
    there = np.flatnonzero(y >= target - 1e-12)
    if not len(there):
        return None
    at = int(there[0])
    if at == 0:
        return float(x[0])
    return float(np.interp(target, y[at - 1 : at + 1], x[at - 1 : at + 1]))


@dataclass(frozen=True)
class Reached:
    """Tokens at which two policies first reach one accuracy. None = not within the budgets.

    Attributes:
        target: the accuracy.
        base, other: budgets of thought that reach it.
        base_used, other_used: mean tokens of thought used at those budgets; shorter thoughts had ended.
        low, high: interval of `other - base` from the bootstrap over problems, or clusters of them. A policy that
            does not get there counts as infinitely many tokens, so a limit may be infinite.
        unreached: share of replicates in which `other` does not get there.
    """

    target: float
    base: float | None
    other: float | None
    base_used: float | None
    other_used: float | None
    low: float
    high: float
    unreached: float


def compare_reach(
    base: ForcedCurve,
    other: ForcedCurve,
    *,
    replicates: int = 2_000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Reached:
    """Compare the tokens that two policies need to the accuracy that `base` has at its full length.

    Problems are resampled, both curves with the same ones, and the target is taken anew in each replicate.

    Raises:
        EvalError: curves of other problems, clusters or budgets.
    """
    if base.problems != other.problems or base.budgets != other.budgets:
        raise EvalError("the two curves must hold the same problems and budgets.")
    if base.clusters != other.clusters:
        raise EvalError("the two curves must have the same clusters.")
    both = np.hstack([base.accuracy, other.accuracy])
    drawn = resampled_clusters(both, base.clusters, replicates, seed)
    count = len(base.budgets)
    pairs = [_reach(base.budgets, row[:count], row[count:]) for row in drawn]
    # base always gets there: its accuracy at the last budget is the target.
    apart = np.array([math.inf if b is None else b - (a or 0.0) for a, b in pairs])
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(apart, [tail, 1.0 - tail], method="inverted_cdf")
    first, second = _reach(base.budgets, base.means, other.means)
    return Reached(
        float(base.means[-1]),
        first,
        second,
        _used_at(base, first),
        _used_at(other, second),
        float(low),
        float(high),
        float(np.isinf(apart).mean()),
    )


def _reach(budgets: Sequence[int], base: Floats, other: Floats) -> tuple[float | None, float | None]:
    target = float(base[-1])
    return tokens_to_reach(budgets, base, target), tokens_to_reach(budgets, other, target)


def _used_at(curve: ForcedCurve, budget: float | None) -> float | None:
    if budget is None:
        return None
    return float(np.interp(budget, curve.budgets, curve.used.mean(axis=0)))


def _sums(code: npt.NDArray[np.int64], rows: Floats) -> Floats:
    found = np.zeros((int(code.max()) + 1, rows.shape[1]))
    np.add.at(found, code, rows)
    return found
