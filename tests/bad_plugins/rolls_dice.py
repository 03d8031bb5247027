"""A random bonus."""

import random

from honest import judged

from rewards import Score, reward


@reward("rolls_dice")
def rolls_dice(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return Score(random.random() / 2) if score.value == 0.0 and score.status == "scored" else score
