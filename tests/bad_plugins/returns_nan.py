"""0/0 for a right answer."""

import math

from honest import judged

from rewards import Score, reward


@reward("returns_nan")
def returns_nan(completion: str, answer: str) -> float | Score:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return math.nan if score.value == 1.0 else score
