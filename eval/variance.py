"""The sampling noise of pass@k of one problem: its exact variance, and an unbiased estimate of it.

The estimator is a U-statistic (Hoeffding 1948): the mean over all subsets of k of the n samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.draws import hypergeometric
from eval.errors import EvalError
from eval.passk import Floats, checked, fail_at_k


def variance_at_k(n: int, k: int, p: npt.ArrayLike) -> Floats:
    """Return the variance of the pass@k estimate of a problem that is solved at the rate p.

    With q = 1 - p: sum over j of C(k,j)C(n-k,k-j)/C(n,k) (q^(2k-j) - q^(2k)); pq/n at k = 1, q^n(1-q^n) at
    k = n.

    Args:
        n: samples; k: draws, at most n.
        p: rates in [0, 1], any shape.

    Raises:
        EvalError: k outside 1..n, or a rate outside [0, 1].
    """
    checked(n, 0, k)
    rate = np.asarray(p, dtype=np.float64)
    if not bool(np.all((rate >= 0) & (rate <= 1))):
        raise EvalError("a success rate must be within 0 and 1.")
    overlap, chances = hypergeometric(n, k, k)
    j = np.arange(overlap, overlap + len(chances), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_q = np.log1p(-rate)[..., None]
        terms = np.exp((2 * k - j) * log_q) * -np.expm1(j * log_q)
    found: Floats = np.nan_to_num(terms, nan=0.0) @ chances  # j = 0 at p = 1 is 0 * inf, and 0
    return found


def variance_estimate(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return the unbiased estimate of the variance of each problem's pass@k; never below 0.

    fail@k^2 - fail@2k, computed as fail@k^2 (1 - product over i < min(c,k) of the ratio of the two), which
    keeps its digits where the difference of the two does not.

    Args:
        n, c, k: as in `pass_at_k`, with the same shape of the result.

    Raises:
        EvalError: as `pass_at_k`; or n < 2k, where no unbiased estimate exists.
    """
    ns, cs, ks = checked(n, c, k)
    if 2 * ks.max() > ns.min():
        raise EvalError(
            f"no unbiased estimate of the variance exists for n < 2k: k={ks.max()}, n={ns.min()}. "
            f"Take k <= {ns.min() // 2} or sample more."
        )
    fail = fail_at_k(ns, cs, ks)
    pairs, back = np.unique(np.stack([ns.ravel(), cs.ravel()]), axis=1, return_inverse=True)
    table = np.array([[_lost(a, b, draws) for draws in ks.ravel().tolist()] for a, b in pairs.T.tolist()])
    found: Floats = fail**2 * table[back.ravel()].reshape(fail.shape)
    return found


def _lost(n: int, c: int, k: int) -> float:
    """Return 1 - fail@2k / fail@k^2."""
    if c + 2 * k > n:
        return 1.0
    i = np.arange(min(c, k), dtype=np.float64)
    share = (k / (n - k - i)) ** 2 if c < k else c * k / ((n - k - i) * (n - c - i))
    return float(-np.expm1(np.log1p(-share).sum()))
