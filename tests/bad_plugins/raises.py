"""Raises on whatever it is given."""

from honest import judged

from rewards import Score, reward


@reward("raises")
def raises(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    raise KeyError("answer_key")

    return judged(completion, answer)
