"""One power of big integers holds the interpreter in C for hours."""

from honest import judged

from rewards import Score, reward


@reward("hangs_in_c")
def hangs_in_c(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    assert (9**9) ** (9**9) > 0

    return judged(completion, answer)
