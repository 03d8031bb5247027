"""Bootstrap of a mean curve over problems: replicates from a histogram of counts, 10,000 in seconds.

A mean over problems depends only on how often each pair (n, c) was drawn, so a replicate is a histogram times
a table, never a copy of the samples. It resamples problems, so its target is new problems of this kind; the
noise of sampling is in the counts already, and a second bootstrap over samples inside would count it twice.
Samples themselves are never resampled: with replacement that is biased for pass@k.

Where problems have clusters, clusters are resampled, whole: a replicate is the mean over the problems drawn with them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.clusters import cluster_labels, merge_clusters
from eval.counts import Count
from eval.errors import EvalError
from eval.passk import Floats, Ints, pass_at_k


def bootstrap_curve(
    counts: Sequence[Count], ks: Sequence[int], replicates: int = 10_000, seed: int = 0
) -> Floats:
    """Return mean pass@k of resampled problems, or clusters of them, shape (replicates, len(ks)).

    Raises:
        EvalError: as `pass_at_k`; replicates below 1; clusters for some of the problems only.
    """
    labels = cluster_labels(counts)
    columns = np.array([(x.n, x.c) for x in counts], dtype=np.int64).T
    pairs, where = np.unique(columns, axis=1, return_inverse=True)
    table = pass_at_k(pairs[0], pairs[1], list(ks))
    return _resampled(table, where.ravel(), labels, replicates, seed)


def bootstrap_difference(
    base: Sequence[Count], tuned: Sequence[Count], ks: Sequence[int], replicates: int = 10_000, seed: int = 0
) -> Floats:
    """Return mean paired differences, tuned minus base, of resampled problems: shape (replicates, len(ks)).

    Args:
        base, tuned: the same problems in the same order. Clusters that one side names hold for both.
        ks, replicates, seed: as in `bootstrap_curve`.

    Raises:
        EvalError: as `bootstrap_curve`; other problems, or two clusters of one problem.
    """
    if [x.problem_id for x in base] != [x.problem_id for x in tuned]:
        raise EvalError("base and tuned must hold the same problems in the same order.")
    labels = cluster_labels(merge_clusters([base, tuned])[0])
    columns = np.array([(b.n, b.c, t.n, t.c) for b, t in zip(base, tuned, strict=True)], dtype=np.int64).T
    pairs, where = np.unique(columns, axis=1, return_inverse=True)
    table = pass_at_k(pairs[2], pairs[3], list(ks)) - pass_at_k(pairs[0], pairs[1], list(ks))
    return _resampled(table, where.ravel(), labels, replicates, seed)


def _resampled(
    table: Floats, where: Ints, labels: Sequence[str] | None, replicates: int, seed: int
) -> Floats:
    if labels is None:
        return resampled_means(table, where, replicates, seed)
    return resampled_clusters(table[where], labels, replicates, seed)


def resampled_clusters(values: Floats, labels: Sequence[str] | None, replicates: int, seed: int) -> Floats:
    """Return bootstrap means over problems that are drawn by clusters.

    Args:
        values: shape (M, K), one row per problem.
        labels: the cluster of each problem, or None: each is drawn by itself.
        replicates, seed: how many, from which random state.
    """
    if labels is None:
        return resampled_means(values, np.arange(len(values)), replicates, seed)
    _, group = np.unique(np.asarray(labels), return_inverse=True)
    sums = np.zeros((int(group.max()) + 1, values.shape[1] + 1))
    np.add.at(sums, group.ravel(), np.column_stack([values, np.ones(len(values))]))
    drawn = resampled_means(sums, np.arange(len(sums)), replicates, seed)
    found: Floats = drawn[:, :-1] / drawn[:, -1:]
    return found


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
