"""Which of two counts has the higher pass@k, decided in whole numbers.

Rounded floats call a pair tied, or not, at random: published win and tie counts were wrong by a quarter.
"""

from __future__ import annotations

from math import comb

import numpy as np

from eval.passk import Ints, fail_at_k

_SURE = 1e-9  # floats are right to 1e-12: a wider relative gap is certain
_SMALL = 1e-290  # below this floats lose digits


def compare_rates(base_n: Ints, base_c: Ints, tuned_n: Ints, tuned_c: Ints) -> Ints:
    """Return, per problem, 1 where tuned's c/n is higher, -1 where base's is, 0 where they are equal.

    All arguments have shape (M,), with n up to 2**31 - 1: the products fit in 64 bits.
    """
    verdict: Ints = np.sign(tuned_c * base_n - base_c * tuned_n)
    return verdict


def compare_at_k(base_n: Ints, base_c: Ints, tuned_n: Ints, tuned_c: Ints, k: int) -> Ints:
    """Return, per problem, 1 where tuned's pass@k is higher, -1 where base's is, 0 where they are equal.

    Args:
        base_n, base_c, tuned_n, tuned_c: shape (M,).
        k: at most the smallest n.
    """
    # c beyond n-k+1 changes nothing: pass@k is 1. At equal n it rises strictly with c until there.
    base_c, tuned_c = np.minimum(base_c, base_n - k + 1), np.minimum(tuned_c, tuned_n - k + 1)
    verdict: Ints = np.sign(tuned_c - base_c)
    ragged = np.flatnonzero(base_n != tuned_n)
    if not ragged.size:
        return verdict
    counts = base_n[ragged], base_c[ragged], tuned_n[ragged], tuned_c[ragged]
    base, tuned = fail_at_k(counts[0], counts[1], k), fail_at_k(counts[2], counts[3], k)
    found = np.sign(base - tuned).astype(np.int64)
    larger = np.maximum(base, tuned)
    unsure = (np.abs(base - tuned) <= _SURE * larger) | (larger < _SMALL)
    both_never = (counts[1] == 0) & (counts[3] == 0)
    both_certain = (counts[1] == counts[0] - k + 1) & (counts[3] == counts[2] - k + 1)
    for i in np.flatnonzero(unsure & ~both_never & ~both_certain):
        pair = [int(x[i]) for x in counts]
        found[i] = _in_whole_numbers(pair[0], pair[1], pair[2], pair[3], k)
    verdict[ragged] = found
    return verdict


def _in_whole_numbers(base_n: int, base_c: int, tuned_n: int, tuned_c: int, k: int) -> int:
    left = comb(base_n - base_c, k) * comb(tuned_n, k)
    right = comb(tuned_n - tuned_c, k) * comb(base_n, k)
    return (left > right) - (left < right)
