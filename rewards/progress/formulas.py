"""The formulas of Meta Reinforcement Fine-Tuning (MRT, arXiv 2503.07572), on plain numbers.

J_0 is the probability of success when the model must answer at once, with no thought at all, and J_j when it must
answer after episode j. All values are probabilities in [0, 1]; no gradient flows through them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def progress(values: Sequence[float]) -> list[float]:
    """Return r_prg of each episode, J_j - J_(j-1); one fewer than `values`. Raises `ValueError`."""
    _check_values(values)
    return [after - before for before, after in pairwise(values)]


def sum_progress(values: Sequence[float]) -> float:
    """Return the progress of the whole thought. It telescopes to J_end - J_0: two estimates are enough for it."""
    _check_values(values)
    return values[-1] - values[0]


def total_reward(outcome: float, values: Sequence[float], alpha: float) -> float:
    """Return outcome + alpha x (sum of progress), MRT's objective for one trace. Raises `ValueError`."""
    return outcome + alpha * sum_progress(values)


def cumulative_regret(values: Sequence[float], oracle: float = 1.0) -> float:
    """Return the sum over episodes j = 1, 2, ... of oracle - J_j; J_0, before any episode, is no part of it.

    Raises:
        ValueError: no values, or one outside [0, 1].
    """
    _check_values(values)
    return sum(oracle - value for value in values[1:])


def curve_area(tokens: Sequence[float], accuracy: Sequence[float], budget: float) -> float:
    """Return the area under accuracy against tokens from 0 to `budget`, over the budget: a number in [0, 1].

    The curve is linear between its points, begins at (0, 0), keeps its last accuracy beyond the last point and is cut
    at the budget.

    Args:
        tokens: mean tokens spent, prefix and answer; not falling.
        accuracy: as many shares in [0, 1].
        budget: tokens, above 0.

    Raises:
        ValueError: no points, points out of order, or a budget not above 0.
    """
    _check_curve(tokens, accuracy, budget)
    area, x, y = 0.0, 0.0, 0.0
    for to, level in zip(tokens, accuracy, strict=True):
        if to >= budget:
            at_cut = level if to == x else y + (level - y) * (budget - x) / (to - x)
            return (area + (y + at_cut) / 2 * (budget - x)) / budget
        area += (y + level) / 2 * (to - x)
        x, y = to, level
    return (area + y * (budget - x)) / budget


def normalised_regret(tokens: Sequence[float], accuracy: Sequence[float], budget: float) -> float:
    """Return 1 - `curve_area`: the regret against an oracle that is right from the first token. Raises `ValueError`."""
    return 1.0 - curve_area(tokens, accuracy, budget)


def _check_values(values: Sequence[float]) -> None:
    if not values:
        raise ValueError("no values; the first is that of answering at once")
    wrong = [value for value in values if not 0 <= value <= 1]
    if wrong:
        raise ValueError(f"a value of {wrong[0]}; values are probabilities in [0, 1]")


def _check_curve(tokens: Sequence[float], accuracy: Sequence[float], budget: float) -> None:
    if not tokens or len(tokens) != len(accuracy):
        raise ValueError(
            f"{len(tokens)} numbers of tokens and {len(accuracy)} accuracies; give as many, at least 1"
        )
    _check_values(accuracy)
    if tokens[0] < 0 or any(b < a for a, b in pairwise(tokens)):
        raise ValueError("the numbers of tokens must not fall")
    if not (budget > 0 and math.isfinite(budget)):
        raise ValueError(f"a budget of {budget}; it must be above 0")
