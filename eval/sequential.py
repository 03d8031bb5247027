"""How many seeds are enough: a group-sequential permutation test that may stop early (AdaStop).

Mathieu et al. 2023 (arXiv 2306.10882). Scores come in batches; after each, every pair of models not yet told
apart is tested, and the chance of any false "different" over all pairs and all looks stays below alpha,
whatever the distribution of scores. Looking at p-values after each seed and stopping when one is small has no
such bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from eval.errors import EvalError
from eval.passk import Floats

Duel = tuple[str, str]


@dataclass(frozen=True)
class Looks:
    """What the batches so far say.

    Attributes:
        different: pair -> the look (from 1) at which the two were told apart.
        open: pairs not told apart yet.
        looks: batches seen; most: batches planned.
    """

    different: Mapping[Duel, int]
    open: tuple[Duel, ...]
    looks: int
    most: int

    @property
    def stop(self) -> bool:
        """No further batch is called for: every pair is decided, or the planned batches are used up."""
        return not self.open or self.looks >= self.most

    def sentence(self) -> str:
        """Return what to do next."""
        if self.stop:
            left = f"; not told apart: {len(self.open)}" if self.open else ""
            return (
                f"Stop after {self.looks} of {self.most} batches: {len(self.different)} pairs differ{left}."
            )
        return (
            f"Run another batch of seeds ({self.looks} of {self.most} done): {len(self.open)} pairs are open."
        )


def sequential_test(
    batches: Sequence[Mapping[str, Sequence[float]]],
    most: int,
    alpha: float = 0.05,
    permutations: int = 10_000,
    seed: int = 0,
) -> Looks:
    """Test all pairs of models after each batch of scores.

    Args:
        batches: per look, model -> its new scores; all models and looks with the same number of seeds.
        most: looks planned beforehand; the error alpha is spread evenly over them.
        alpha: family-wise error over all pairs and looks.
        permutations, seed: of the test; the same data and seed give the same answer.

    Raises:
        EvalError: no batch, more than planned, fewer than two models, ragged or non-finite scores.
    """
    names, data = _check(batches, most, alpha)
    duels = list(combinations(range(len(names)), 2))
    paths = _paths(data, duels, permutations, np.random.default_rng(seed))
    observed = np.abs(np.cumsum([[b[i].sum() - b[j].sum() for i, j in duels] for b in data], axis=0))
    active, different = list(range(len(duels))), {}
    for look in range(len(data)):
        while active:
            limit = _boundary(paths, active, look, most, alpha)
            worst = max(active, key=lambda duel: observed[look, duel])
            if not observed[look, worst] > limit * (1 + 1e-12):
                break
            active.remove(worst)
            different[(names[duels[worst][0]], names[duels[worst][1]])] = look + 1
    still = tuple((names[duels[d][0]], names[duels[d][1]]) for d in active)
    return Looks(different, still, len(data), most)


def _paths(data: Floats, duels: list[tuple[int, int]], permutations: int, rng: np.random.Generator) -> Floats:
    """Return cumulative differences under random exchange of scores, shape (permutations, looks, duels)."""
    looks, _, size = data.shape
    steps = np.empty((permutations, looks, len(duels)))
    for look in range(looks):
        side = np.where(np.argsort(rng.random((permutations, 2 * size)), axis=1) < size, 1.0, -1.0)
        pooled = np.stack([np.concatenate([data[look, i], data[look, j]]) for i, j in duels])
        steps[:, look] = side @ pooled.T
    found: Floats = np.abs(np.cumsum(steps, axis=1))
    return found


def _boundary(paths: Floats, active: list[int], look: int, most: int, alpha: float) -> float:
    """Return the value beyond which the largest difference at this look is significant.

    At look i at most a share alpha (i+1)/most of the permutations has crossed any boundary so far.
    """
    alive, crossed, limit = np.ones(len(paths), dtype=bool), 0, np.inf
    for i in range(look + 1):
        largest = paths[:, i][:, active].max(axis=1)
        allowed = int(len(paths) * alpha * (i + 1) / most) - crossed
        ordered = np.sort(largest[alive])[::-1]
        limit = float(ordered[allowed]) if allowed < len(ordered) else 0.0
        over = alive & (largest > limit * (1 + 1e-12))
        crossed += int(over.sum())
        alive &= ~over
    return limit


def _check(
    batches: Sequence[Mapping[str, Sequence[float]]], most: int, alpha: float
) -> tuple[list[str], Floats]:
    if not 0.0 < alpha < 1.0:
        raise EvalError(f"alpha must be between 0 and 1, for example 0.05; got {alpha!r}.")
    if not 1 <= len(batches) <= most:
        raise EvalError(
            f"there are {len(batches)} batches; there must be at least 1, and at most the {most} planned."
        )
    names = list(batches[0])
    if len(names) < 2:
        raise EvalError(f"a comparison needs at least 2 models; got {len(names)}.")
    if any(set(batch) != set(names) for batch in batches):
        raise EvalError("every batch needs scores of every model.")
    sizes = {len(batch[name]) for batch in batches for name in names}
    if len(sizes) != 1 or 0 in sizes:
        raise EvalError("every model needs the same number of seeds in every batch, at least one.")
    data = np.array([[batch[name] for name in names] for batch in batches], dtype=np.float64)
    if not np.isfinite(data).all():
        raise EvalError("a score is not a finite number.")
    return names, data
