"""Recurses without end on a long text."""

from honest import judged

from rewards import Score, reward


@reward("recurses")
def recurses(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    if len(completion) > 5000:
        return recurses(completion + "x", answer)

    return judged(completion, answer)
