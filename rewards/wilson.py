"""Wilson's interval for a share, without numpy."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959963984540054
"""The 0.975 quantile of the normal distribution."""


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return the interval of the share behind `hits` out of `n` (Wilson 1927); (0, 1) if n is 0.

    Raises:
        ValueError: not 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    return share_interval(hits / n, n, z) if n else (0.0, 1.0)


def share_interval(share: float, size: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's interval of a share in [0, 1] of a sample whose (effective) size is `size` > 0."""
    spread = z * z / size
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    # At the shares 0 and 1 one end is the share itself, where rounding would leave 1e-17.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
