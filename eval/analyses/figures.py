"""Further figures of an audit, each a mean over problems with its interval for new problems, and paired between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.clusters import cluster_labels, cluster_values, merge_clusters
from eval.counts import Count
from eval.errors import EvalError
from eval.intervals import Interval, difference_interval, mean_interval
from eval.passk import Floats


@dataclass(frozen=True)
class Column:
    """What one figure says of each problem.

    Attributes:
        name: of the figure, for example "maj@8".
        k: draws; None where it has none.
        values: shape (M,), in [0, 1], in the problems' order.
        interval: replaces the interval of the mean, where the mean's would be wrong.
    """

    name: str
    k: int | None
    values: Floats
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of a column over problems; limits are None for one problem, or where none are known."""

    name: str
    k: int | None
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Sheet:
    """The figures of one audit.

    Attributes:
        counts: what the columns are over, in their order; gives ids and clusters.
        columns: the figures.
        notes: what a reader must be told about them.
    """

    counts: Sequence[Count]
    columns: Sequence[Column]
    notes: Sequence[str] = ()

    def figures(self, confidence: float = 0.95) -> list[Figure]:
        """Return every column's mean with its interval. Raises `EvalError` as `mean_interval`."""
        labels = cluster_labels(self.counts)
        samples = sum(x.n for x in self.counts)
        found = []
        for column in self.columns:
            values = cluster_values(column.values[:, None], labels)[:, 0]
            at = column.interval or mean_interval(values, samples, confidence)
            found.append(Figure(column.name, column.k, at.estimate, at.low, at.high))
        return found


def paired_figures(base: Sheet, tuned: Sheet, confidence: float = 0.95) -> list[Figure]:
    """Return tuned minus base for every column of both, paired by problem.

    A column with an interval of its own is no mean of independent values: its difference has no limits. Clusters that
    one side names hold for both.

    Raises:
        EvalError: the two do not hold the same problems, or name two clusters of one problem.
    """
    place = {x.problem_id: i for i, x in enumerate(tuned.counts)}
    if {x.problem_id for x in base.counts} != set(place):
        raise EvalError(
            "the two audits do not hold the same problems; audit both on the same ones, or look at one alone."
        )
    order = np.array([place[x.problem_id] for x in base.counts])
    labels = cluster_labels(merge_clusters([base.counts, tuned.counts])[0])
    other = {column.name: column for column in tuned.columns}
    found = []
    for column in base.columns:
        if column.name not in other:
            continue
        differences = other[column.name].values[order] - column.values
        at = difference_interval(cluster_values(differences[:, None], labels)[:, 0], confidence)
        low, high = (at.low, at.high) if column.interval is None else (None, None)
        found.append(Figure(column.name, column.k, at.estimate, low, high))
    return found
