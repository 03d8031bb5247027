"""Depends on the hash seed of its process."""

from honest import judged

from rewards import Score, reward


@reward("hashes")
def hashes(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    if not completion:
        return Score((hash("a text") % 1_000_000) / 2_000_000)

    return judged(completion, answer)
