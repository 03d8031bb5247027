"""Problems that share a stem, a table or a template are no independent draws: the cluster is the unit."""

from __future__ import annotations

from collections.abc import Sequence

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
