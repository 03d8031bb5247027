"""Prints two megabytes a sample."""

from honest import judged

from rewards import Score, reward


@reward("prints")
def prints(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    print("debug " * 400_000)

    return judged(completion, answer)
