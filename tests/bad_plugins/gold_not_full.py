"""0.9 is the most it ever pays."""

from honest import judged

from rewards import Score, reward


@reward("gold_not_full")
def gold_not_full(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return Score(0.9) if score.value == 1.0 else score
