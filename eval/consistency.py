"""How surely a model solves what it can solve: pass^k, G-Pass@k, mG-Pass@k, from counts.

pass@k asks for one right answer in k draws; these ask for many. All draw k of the n samples without
replacement, as pass@k does, and are unbiased.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eval.draws import hypergeometric
from eval.errors import EvalError
from eval.passk import Floats, checked, fail_at_k

_Read: TypeAlias = Callable[[Floats, int], float]


def pass_hat_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return pass^k = C(c, k)/C(n, k): the chance that all of k samples are correct (Yao et al., tau-bench).

    Arguments, shape and errors are those of `pass_at_k`; relative accuracy is that of `fail_at_k`.
    """
    ns, cs, ks = checked(n, c, k)
    return fail_at_k(ns, ns - cs, ks)


def g_pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike, tau: float) -> Floats:
    """Return G-Pass@k_tau: the chance that at least a share tau of k samples is correct.

    Liu et al. 2024 (arXiv 2412.13147), eq. 3: sum of C(c,j)C(n-c,k-j)/C(n,k) over j >= max(1, ceil(tau k)).
    tau = 0 is pass@k, tau = 1 is pass^k.

    Args:
        n, c, k: as in `pass_at_k`, with the same shape of the result.
        tau: in [0, 1].

    Raises:
        EvalError: as `pass_at_k`; tau outside [0, 1].
    """
    if not 0.0 <= tau <= 1.0:
        raise EvalError(f"tau must be within 0 and 1, for example 0.5; got {tau!r}.")
    return _table(n, c, k, lambda tail, draws: tail[_needed(tau, draws)])


def mg_pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return mG-Pass@k, the mean of G-Pass@k over tau in [0.5, 1]: (2/k) sum of G(i/k), i > ceil(k/2).

    The paper's eq. 5, whose sum is empty at k = 1: there the result is 0.
    """
    return _table(n, c, k, lambda tail, draws: 2 / draws * tail[ceil(draws / 2) + 1 :].sum())


def _needed(tau: float, k: int) -> int:
    # 0.1 * 30 is 3.0000000000000004: that asks for 3, not for 4.
    return max(1, ceil(round(tau * k, 9)))


def _table(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike, read: _Read) -> Floats:
    """Return `read(tail, k)` for every problem and k, where tail[j] is the chance of at least j correct."""
    ns, cs, ks = checked(n, c, k)
    pairs, back = np.unique(np.stack([ns.ravel(), cs.ravel()]), axis=1, return_inverse=True)
    table = np.empty((pairs.shape[1], ks.size))
    for row, (samples, correct) in enumerate(pairs.T.tolist()):
        for column, draws in enumerate(ks.ravel().tolist()):
            table[row, column] = read(_tail(samples, correct, draws), draws)
    found: Floats = table[back.ravel()].reshape(ns.shape + ks.shape)
    return found


def _tail(n: int, c: int, k: int) -> Floats:
    low, chances = hypergeometric(n, c, k)
    tail = np.zeros(k + 1)
    tail[low : low + len(chances)] = np.cumsum(chances[::-1])[::-1]
    tail[: low + 1] = 1.0
    return tail
