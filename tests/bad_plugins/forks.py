"""Leaves a child process behind, which goes on with the work of its parent."""

import os

from honest import judged

from rewards import Score, reward


@reward("forks")
def forks(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    os.fork()

    return judged(completion, answer)
