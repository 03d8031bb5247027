"""Starts a program and does not wait for it."""

import subprocess

from honest import judged

from rewards import Score, reward


@reward("leaves_a_process")
def leaves_a_process(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    subprocess.Popen(["sleep", "30"])

    return judged(completion, answer)
