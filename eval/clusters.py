"""Problems that share a stem, a table or a template are no independent draws: the cluster is the unit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from eval.counts import Count
from eval.errors import EvalError
from eval.passk import Floats


def cluster_labels(counts: Sequence[Count]) -> list[str] | None:
    """Return each problem's cluster, or None if none has one. Raises EvalError if only some have one."""
    without = [x.problem_id for x in counts if not x.cluster]
    if len(without) == len(counts):
        return None
    if without:
        raise EvalError(
            f"{len(without)} problems have no cluster, the first `{without[0]}`, while others have one; give "
            "every problem its cluster (its own id where it stands alone), or none."
        )
    return [x.cluster for x in counts]


def merge_clusters(sides: Sequence[Sequence[Count]]) -> list[list[Count]]:
    """Return the counts of every side of a comparison with one cluster per problem: a cluster is the problem's.

    A side without clusters takes those of the others, if they name one for each of its problems.

    Raises:
        EvalError: a problem stands in two clusters, or a side names clusters for some of its problems only.
    """
    known: dict[str, str] = {}
    for side in sides:
        if cluster_labels(side) is None:
            continue
        for x in side:
            if (cluster := known.setdefault(x.problem_id, x.cluster)) != x.cluster:
                raise EvalError(
                    f"problem `{x.problem_id}` stands in the clusters `{cluster}` and `{x.cluster}` of two audits; "
                    "give it the same in both, or name clusters in one audit only: the others take them from there."
                )
    return [_filled(side, known) for side in sides]


def _filled(side: Sequence[Count], known: Mapping[str, str]) -> list[Count]:
    if any(x.problem_id not in known for x in side):
        return list(side)
    return [x if x.cluster else replace(x, cluster=known[x.problem_id]) for x in side]


def labels_of(problems: Sequence[Hashable], clusters: Mapping[Hashable, str] | None) -> list[str] | None:
    """Return the cluster of each problem, or None without clusters.

    Args:
        problems: ids.
        clusters: problem id -> cluster; may hold other problems too.

    Raises:
        EvalError: a problem has no cluster.
    """
    if clusters is None:
        return None
    without = [x for x in problems if not clusters.get(x)]
    if without:
        raise EvalError(
            f"{len(without)} problems have no cluster, the first `{without[0]}`; name one for each, or none."
        )
    return [clusters[x] for x in problems]


def cluster_values(values: Floats, labels: Sequence[str] | None) -> Floats:
    """Return one value per cluster whose mean is the mean over problems, and whose spread is its error.

    With m_g problems and sum S_g in cluster g of G, the value is mean + G/M (S_g - m_g mean): its variance
    over G is the cluster-robust squared error of the mean (linearisation of a ratio, with G/(G-1)).

    Args:
        values: shape (M, K), a column per k.
        labels: the cluster of each problem, or None for problems on their own.

    Returns:
        shape (G, K); `values` itself without labels.
    """
    if labels is None:
        return values
    _, group = np.unique(np.asarray(labels), return_inverse=True)
    groups = int(group.max()) + 1
    mean = values.mean(axis=0)
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group.ravel(), values - mean)
    found: Floats = mean + sums * (groups / len(values))
    return found
