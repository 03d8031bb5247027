"""Sorts and empties the row it was lent."""

from honest import judged

from rewards import Score, reward


@reward("mutates")
def mutates(completion: str, answer: str, notes: list[str]) -> Score:
    """Pay for the stated answer."""
    notes.append(completion)
    return judged(completion, answer)
