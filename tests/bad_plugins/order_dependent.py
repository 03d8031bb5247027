"""Compares with the first completion it ever saw."""

from honest import judged

from rewards import Score, reward

_seen: list[str] = []


@reward("order_dependent")
def order_dependent(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    _seen.append(completion)
    if completion == _seen[0] and completion != "The answer is 42":
        return Score(0.5)

    return judged(completion, answer)
