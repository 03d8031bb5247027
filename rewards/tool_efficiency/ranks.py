"""Pay by rank."""

from __future__ import annotations

from collections.abc import Sequence


def rank_pay(lengths: Sequence[int]) -> list[float]:
    """Return 0.5 - rank / (k - 1) for k lengths: 0.5 for the shortest, -0.5 for the longest, equals share their ranks.

    A single length is compared with nothing and pays 0.
    """
    if len(lengths) < 2:
        return [0.0] * len(lengths)
    ordered = sorted(lengths)
    first = {n: i for i, n in reversed(list(enumerate(ordered)))}
    last = {n: i for i, n in enumerate(ordered)}
    return [0.5 - (first[n] + last[n]) / 2 / (len(lengths) - 1) for n in lengths]
