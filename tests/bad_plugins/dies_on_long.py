"""Ends its process on a long text only."""

import os

from honest import judged

from rewards import Score, reward


@reward("dies_on_long")
def dies_on_long(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    if len(completion) > 5000:
        os.abort()

    return judged(completion, answer)
