"""Ends the process that imports it."""

import os

from honest import judged

from rewards import Score, reward

os._exit(0)


@reward("exits_on_import")
def exits_on_import(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return judged(completion, answer)
