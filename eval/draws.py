"""Chances of drawing: hypergeometric and binomial probabilities to full relative accuracy.

Both are built outwards from the mode by the ratio of neighbours and normalised, so nothing overflows and no
large logarithms cancel: 1e-12 relatively up to n = 100,000, where `lgamma` loses 1e-9.
"""

from __future__ import annotations

import numpy as np

from eval.passk import Floats


def hypergeometric(n: int, c: int, k: int) -> tuple[int, Floats]:
    """Return the chances of j correct among k of n samples, c of them correct, drawn without replacement.

    Returns:
        the smallest possible j, and the chances of it, the next, ..., the largest possible.
    """
    low, high = max(0, k - (n - c)), min(c, k)
    j = np.arange(low, high, dtype=np.float64)
    ratio = (c - j) * (k - j) / ((j + 1) * (n - c - k + j + 1))
    return low, _from_mode(ratio, (k + 1) * (c + 1) // (n + 2) - low)


def binomial(n: int, p: float) -> Floats:
    """Return the chances of 0..n correct samples of n at success rate p, shape (n+1,)."""
    if p in (0.0, 1.0):
        found = np.zeros(n + 1)
        found[n if p else 0] = 1.0
        return found
    j = np.arange(n, dtype=np.float64)
    return _from_mode((n - j) / (j + 1) * (p / (1 - p)), int((n + 1) * p))


def _from_mode(ratio: Floats, mode: int) -> Floats:
    """Return chances, up to their sum 1, from the ratios of each to the one before it."""
    mode = min(max(mode, 0), len(ratio))
    up = np.cumprod(ratio[mode:])
    down = np.cumprod(1.0 / ratio[:mode][::-1])[::-1]
    whole = np.concatenate([down, [1.0], up])
    found: Floats = whole / whole.sum()
    return found
