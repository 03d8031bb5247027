"""Bootstrap of a mean curve over problems: replicates from a histogram of counts, 10,000 in seconds.

A mean over problems depends only on how often each pair (n, c) was drawn, so a replicate is a histogram times
a table, never a copy of the samples. It resamples problems, so its target is new problems of this kind; the
noise of sampling is in the counts already, and a second bootstrap over samples inside would count it twice.
Samples themselves are never resampled: with replacement that is biased for pass@k.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.counts import Count
from eval.errors import EvalError
from eval.passk import Floats, Ints, pass_at_k


def bootstrap_curve(
    counts: Sequence[Count], ks: Sequence[int], replicates: int = 10_000, seed: int = 0
) -> Floats:
    """Return mean pass@k of resampled problems, shape (replicates, len(ks)).

    Raises:
        EvalError: as `pass_at_k`; replicates below 1.
    """
    columns = np.array([(x.n, x.c) for x in counts], dtype=np.int64).T
    pairs, where = np.unique(columns, axis=1, return_inverse=True)
    table = pass_at_k(pairs[0], pairs[1], list(ks))
    return resampled_means(table, where.ravel(), replicates, seed)


def bootstrap_difference(
    base: Sequence[Count], tuned: Sequence[Count], ks: Sequence[int], replicates: int = 10_000, seed: int = 0
) -> Floats:
    """Return mean paired differences, tuned minus base, of resampled problems: shape (replicates, len(ks)).

    Args:
        base, tuned: the same problems in the same order.
        ks, replicates, seed: as in `bootstrap_curve`.
    """
    if [x.problem_id for x in base] != [x.problem_id for x in tuned]:
        raise EvalError("base and tuned must hold the same problems in the same order.")
    columns = np.array([(b.n, b.c, t.n, t.c) for b, t in zip(base, tuned, strict=True)], dtype=np.int64).T
    pairs, where = np.unique(columns, axis=1, return_inverse=True)
    table = pass_at_k(pairs[2], pairs[3], list(ks)) - pass_at_k(pairs[0], pairs[1], list(ks))
    return resampled_means(table, where.ravel(), replicates, seed)


def resampled_means(table: Floats, where: Ints, replicates: int, seed: int) -> Floats:
    """Return bootstrap means of rows of a table.

    Args:
        table: shape (distinct, K).
        where: shape (M,), the table's row of each problem.
        replicates, seed: how many, from which random state.
    """
    if replicates < 1:
        raise EvalError(f"at least 1 replicate is needed; got {replicates}.")
    rng = np.random.default_rng(seed)
    size, kinds = len(where), len(table)
    small = where.astype(np.int32)
    found = np.empty((replicates, table.shape[1]))
    block = max(1, (1 << 22) // kinds)  # histograms of a block: at most 32 MiB
    for start in range(0, replicates, block):
        rows = range(start, min(start + block, replicates))
        drawn = [
            np.bincount(small[rng.integers(0, size, size, dtype=np.int32)], minlength=kinds) for _ in rows
        ]
        found[rows.start : rows.stop] = np.stack(drawn) @ table / size
    return found
