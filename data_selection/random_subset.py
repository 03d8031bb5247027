"""The random subset: the baseline that every selection must beat at the same size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def select_random(ids: Sequence[str], size: int, seed: int = 0) -> list[str]:
    """Return `size` different ids, in the order given; the same ids, size and seed give the same subset.

    Raises:
        ValueError: size is below 1 or above the number of ids.
    """
    if not 1 <= size <= len(ids):
        raise ValueError(f"size is {size}; it must be from 1 to the number of prompts, {len(ids)}.")
    chosen = np.random.default_rng(seed).choice(len(ids), size=size, replace=False)
    return [ids[i] for i in sorted(chosen.tolist())]
