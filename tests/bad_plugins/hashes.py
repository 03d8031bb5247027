"""Depends on the hash seed of its process."""

from honest import judged

from rewards import Score, reward


@reward("hashes")
def hashes(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    if hash(completion) % 2:
        return Score(0.25)

    return judged(completion, answer)
