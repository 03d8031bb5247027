"""A default that is not of its parameter's type."""

from honest import judged

from rewards import Score, reward


@reward("wrong_default")
def wrong_default(completion: str, answer: str, *, digits: int = "many") -> Score:  # type: ignore[assignment]
    """Pay for the stated answer to `digits` digits."""
    return judged(completion, answer)
