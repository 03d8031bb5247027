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
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    low = 0.0 if hits == 0 else middle - half  # exact at the ends, where rounding would leave 1e-17
    return low, 1.0 if hits == n else middle + half
