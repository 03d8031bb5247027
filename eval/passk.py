"""Unbiased pass@k from counts: n samples of a problem, c of them correct, k drawn without replacement.

    pass@k = 1 - C(n-c, k) / C(n, k)                 (Chen et al. 2021, arXiv 2107.03374, eq. 1)

With a = min(c, k) and b = max(c, k) the ratio is the product of (n-b-i)/(n-i) over i < a: never more factors
than the smaller of c and k, and one running product serves all a at the same (n, b). pass@k takes the running
sum of log1p(-b/(n-i)), exact where pass@k is small; fail@k the running product, exact where pass@k is so near
to 1 that float64 shows 1.0. Errors stay below 1e-14 absolutely and 1e-12 relatively up to n = 100,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.errors import EvalError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LARGEST = 2**31 - 1
_CELLS = 1 << 20  # cells of one block of running sums: 8 MiB
_PASS_IS_ONE = 45.0  # exp(-45) is below half an ulp of 1.0
_FAIL_IS_ZERO = 760.0  # exp(-760) is below the smallest float64


def pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return the unbiased estimate of the chance that at least one of k samples is correct.

    Args:
        n: samples per problem; a number, or an array that may differ from problem to problem.
        c: correct samples per problem, 0 <= c <= n; broadcast against `n`.
        k: draws, 1 <= k <= every n; a number or a one-dimensional list.

    Returns:
        float64 array of shape `broadcast(n, c).shape + (len(k),)`; a plain number `k` adds no axis.

    Raises:
        EvalError: (a ValueError) an empty input, a value that is not a whole number, c outside 0..n, k
            outside 1..min(n). pass@k is not defined for k > n; the 1 that some programs give there is wrong.
    """
    return _at_k(n, c, k, fail=False)


def fail_at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return 1 - pass@k = C(n-c, k)/C(n, k), to full relative accuracy even where pass@k rounds to 1.0.

    Arguments, shape and errors are those of `pass_at_k`.
    """
    return _at_k(n, c, k, fail=True)


def _at_k(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike, fail: bool) -> Floats:
    ns, cs, ks = checked(n, c, k)
    code = ns.ravel() * (int(ns.max()) + 1) + cs.ravel()
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    table = _distinct(ns.ravel()[first], cs.ravel()[first], ks.ravel(), fail)
    found: Floats = table[back.ravel()].reshape(ns.shape + ks.shape)
    return found


def _distinct(n: Ints, c: Ints, k: Ints, fail: bool) -> Floats:
    """Return the (pairs, draws) table for distinct pairs (n, c)."""
    pair, draw = np.nonzero((c[:, None] > 0) & (c[:, None] + k[None, :] <= n[:, None]))
    table = np.where(c[:, None] > 0, 1.0, 0.0) * np.ones(k.shape)
    if fail:
        table = 1.0 - table
    a, b = np.minimum(c[pair], k[draw]), np.maximum(c[pair], k[draw])
    table[pair, draw] = _ratios(n[pair], a, b, fail)
    return table


def _ratios(n: Ints, a: Ints, b: Ints, fail: bool) -> Floats:
    """Return pass or fail for triples with 1 <= a <= b and a + b <= n; equal (n, b) share their sums."""
    if not n.size:
        return np.empty(0)
    _, first, row = np.unique(n * (int(n.max()) + 1) + b, return_index=True, return_inverse=True)
    row = row.ravel()
    row_n, row_b = n[first], b[first]
    # A sum of -b/(n-i) <= -b/n is beyond the limit after limit*n/b terms: more change nothing.
    limit = _FAIL_IS_ZERO if fail else _PASS_IS_ONE
    enough = np.ceil(limit * row_n / row_b).astype(np.int64)
    a = np.minimum(a, enough[row])
    length = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(length, row, a)
    by_row = np.argsort(row, kind="stable")
    bounds = np.searchsorted(row[by_row], np.arange(len(first) + 1))
    out = np.empty(n.shape)
    for rows in _blocks(length):
        width = int(length[rows].max())
        i = np.arange(width, dtype=np.int64)
        below, top = row_n[rows, None] - i, row_b[rows, None]
        members = np.concatenate([by_row[bounds[r] : bounds[r + 1]] for r in rows])
        local = np.repeat(np.arange(len(rows)), np.diff(bounds)[rows])
        out[members] = _running(below, top, fail)[local, a[members] - 1]
    if not fail:
        np.divide(b, n, out=out, where=a == 1)  # one factor: pass@1 is c/n to the last bit
    return out


def _running(below: Ints, top: Ints, fail: bool) -> Floats:
    # Cells past a row's own length may hold a ratio <= 0; they are never read.
    if fail:
        ratio: Floats = np.cumprod(np.maximum(below - top, 0) / np.maximum(below, 1), axis=1)
        return ratio
    share = np.minimum(top / np.maximum(below, 1), 1.0)
    with np.errstate(divide="ignore"):
        passed: Floats = -np.expm1(np.cumsum(np.log1p(-share), axis=1))
    return passed


def _blocks(length: Ints) -> Iterator[Ints]:
    """Yield groups of row numbers, longest first, so that the first row of a group says how many rows fit."""
    order = np.argsort(-length, kind="stable")
    start = 0
    while start < len(order):
        rows = max(1, _CELLS // int(length[order[start]]))
        yield order[start : start + rows]
        start += rows


def checked(n: npt.ArrayLike, c: npt.ArrayLike, k: npt.ArrayLike) -> tuple[Ints, Ints, Ints]:
    """Return n and c broadcast against each other, and k, as int64; or raise what `pass_at_k` raises."""
    ns, cs, ks = whole("n", n), whole("c", c), whole("k", k)
    if ks.ndim > 1:
        raise EvalError(f"k has {ks.ndim} dimensions; give a number or a list of numbers.")
    try:
        ns, cs = np.broadcast_arrays(ns, cs)
    except ValueError as error:
        raise EvalError(f"n of shape {ns.shape} and c of shape {cs.shape} do not match.") from error
    if ns.min() < 0 or ns.max() > LARGEST:
        raise EvalError(f"n must be within 0..{LARGEST}; got {ns.min() if ns.min() < 0 else ns.max()}.")
    wrong = np.flatnonzero(((cs < 0) | (cs > ns)).ravel())
    if wrong.size:
        at = int(wrong[0])
        raise EvalError(f"c must be within 0..n; problem {at} has c={cs.ravel()[at]} of n={ns.ravel()[at]}.")
    if ks.min() < 1:
        raise EvalError(f"k must be at least 1; got {ks.min()}.")
    if ks.max() > ns.min():
        raise EvalError(
            f"pass@k is not defined for k > n: k={ks.max()}, but a problem has only n={ns.min()} samples. "
            f"Take k <= {ns.min()} or sample more."
        )
    return ns, cs, ks


def whole(name: str, values: npt.ArrayLike) -> Ints:
    """Return `values` as int64, or raise EvalError if they are empty, boolean, text or not whole numbers."""
    if isinstance(values, list | tuple) and any(isinstance(v, bool) for v in values):
        raise EvalError(f"{name} must hold whole numbers; got True or False.")
    try:
        array: npt.NDArray[Any] = np.asarray(values)
    except ValueError as error:
        raise EvalError(f"{name} is not an array of whole numbers ({error}).") from error
    if array.size == 0:
        raise EvalError(f"{name} is empty.")
    if array.dtype.kind == "f":
        wrong = array[~(np.isfinite(array) & (array == np.floor(array)) & (np.abs(array) <= 2.0**53))]
        if wrong.size:
            raise EvalError(f"{name} must hold whole numbers; got {wrong.flat[0]}.")
    elif array.dtype.kind not in "iu":
        raise EvalError(f"{name} must hold whole numbers; got {array.dtype} ({array.flat[0]!r}).")
    elif array.dtype.kind == "u" and array.max() > LARGEST:
        raise EvalError(f"{name} must be at most {LARGEST}; got {array.max()}.")
    return array.astype(np.int64)
