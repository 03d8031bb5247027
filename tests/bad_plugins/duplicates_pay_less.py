"""Pays less from the second time on: a state that outlives the sample."""

from honest import judged

from rewards import Score, reward

_seen: dict[str, int] = {}


@reward("duplicates_pay_less")
def duplicates_pay_less(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    _seen[completion] = _seen.get(completion, 0) + 1
    if _seen[completion] > 2:
        return Score(0.5)

    return judged(completion, answer)
