"""Ends the process."""

import os

from honest import judged

from rewards import Score, reward


@reward("exits")
def exits(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    os._exit(3)

    return judged(completion, answer)
