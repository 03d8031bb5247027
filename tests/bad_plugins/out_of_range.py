"""Ten points where the declared range ends at 1."""

from honest import judged

from rewards import Score, reward


@reward("out_of_range")
def out_of_range(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return Score(10.0) if score.value == 1.0 else score
