"""Choose training data: LIM, the learning impact measurement, and the random subset it must beat.

Needs numpy; reading the records of a run needs pyarrow.
"""

import rewards

if getattr(rewards, "TOOLKIT", None) != "reasoners":
    raise ImportError(
        f"`import rewards` runs {getattr(rewards, '__file__', None)}, which hides the package `rewards` of "
        "reasoners. Rename that file or folder, or run from another folder."
    )

from data_selection.lim import LimSelection, fill_missing, lim_scores, select_lim
from data_selection.random_subset import select_random
from data_selection.trajectories import Trajectories, trajectories_from_records

__all__ = [
    "LimSelection",
    "Trajectories",
    "fill_missing",
    "lim_scores",
    "select_lim",
    "select_random",
    "trajectories_from_records",
]
