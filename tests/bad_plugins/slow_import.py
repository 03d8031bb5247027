"""Loads for minutes."""

import time

from honest import judged

from rewards import Score, reward

time.sleep(300)


@reward("slow_import")
def slow_import(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return judged(completion, answer)
