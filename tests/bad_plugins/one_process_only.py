"""Takes a lock at import, so a second process cannot load it."""

import fcntl
from pathlib import Path

from honest import judged

from rewards import Score, reward

LOCK = Path(__file__).open()  # noqa: SIM115 - held as long as the process lives
fcntl.flock(LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)


@reward("one_process_only")
def one_process_only(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return judged(completion, answer)
