"""None, that is not_applicable, for a right answer."""

from honest import judged

from rewards import Score, reward


@reward("returns_none")
def returns_none(completion: str, answer: str) -> Score | None:
    """Pay for the stated answer."""
    score = judged(completion, answer)
    return None if score.value == 1.0 else score
