"""Allocates without end."""

from honest import judged

from rewards import Score, reward


@reward("eats_memory")
def eats_memory(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    hoard = []
    while True:
        hoard.append(bytearray(1 << 24))

    return judged(completion, answer)
