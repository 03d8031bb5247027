"""Infinity for a right answer."""

import math

from honest import judged

from rewards import Score, reward


@reward("returns_inf")
def returns_inf(completion: str, answer: str) -> float | Score:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return math.inf if score.value == 1.0 else score
