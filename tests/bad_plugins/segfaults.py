"""Reads address 0."""

import ctypes

from honest import judged

from rewards import Score, reward


@reward("segfaults")
def segfaults(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    ctypes.string_at(0)

    return judged(completion, answer)
