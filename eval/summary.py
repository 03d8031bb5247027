"""One audit in figures: pass@k with intervals, and how many problems are solved at all, always, never."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from eval.bands import simultaneous_critical
from eval.clusters import cluster_labels, cluster_values
from eval.consistency import pass_hat_k
from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.intervals import TARGET, Interval, mean_interval
from eval.passk import Ints, fail_at_k, pass_at_k, whole
from eval.rates import fit_rates
from eval.same_problems import TARGET as SAME_TARGET
from eval.same_problems import Basis, same_problem_interval


@dataclass(frozen=True, slots=True)
class KRow:
    """The mean over problems at one k. `fail_at_k` is 1 - `pass_at_k`, without its rounding near 1.

    `low` and `high` are for new problems, this k alone; `band_low` and `band_high` for new problems, all k
    together; `same_low` and `same_high` for these problems and new samples, resting on `same_basis` (see
    `eval.same_problems`). `pass_hat_k` is the chance that all k samples are correct.
    """

    k: int
    pass_at_k: float
    low: float | None
    high: float | None
    fail_at_k: float
    band_low: float | None
    band_high: float | None
    same_low: float | None
    same_high: float | None
    same_basis: Basis
    pass_hat_k: float


@dataclass(frozen=True)
class Summary:
    """What `summarise` found.

    Attributes:
        counts: one per problem, in the order given.
        rows: one per k, ascending.
        confidence: of the intervals, for example 0.95.
        accuracy: mean of c/n over problems (avg@n, the same as pass@1), with its interval.
        clusters: how many groups of related problems there are; None if each problem stands alone.
    """

    counts: tuple[Count, ...]
    rows: tuple[KRow, ...]
    confidence: float
    accuracy: Interval
    clusters: int | None = None

    @property
    def problems(self) -> int:
        """The number of problems; all of them count at every k."""
        return len(self.counts)

    @property
    def samples(self) -> int:
        """The number of samples of all problems together."""
        return sum(x.n for x in self.counts)

    @property
    def solved(self) -> int:
        """Problems with at least one correct sample."""
        return sum(x.c > 0 for x in self.counts)

    @property
    def always(self) -> int:
        """Problems whose samples are all correct."""
        return sum(x.c == x.n for x in self.counts)

    @property
    def never(self) -> int:
        """Problems without a correct sample. That is a statement about n samples, not about the model."""
        return self.problems - self.solved

    @property
    def n_range(self) -> tuple[int, int]:
        """The smallest and the largest number of samples of a problem."""
        return min(x.n for x in self.counts), max(x.n for x in self.counts)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: totals, one object per k, one object per problem."""
        low, high = self.n_range
        return {
            "problems": self.problems,
            "samples": self.samples,
            "n_min": low,
            "n_max": high,
            "confidence": self.confidence,
            "target": TARGET,
            "targets": {"low, high": TARGET, "band": f"{TARGET}, all k together", "same": SAME_TARGET},
            "clusters": self.clusters,
            "accuracy": asdict(self.accuracy),
            "solved": self.solved,
            "always": self.always,
            "never": self.never,
            "k": [asdict(row) for row in self.rows],
            "per_problem": [count.row() for count in self.counts],
        }


def summarise(counts: Iterable[Count], ks: Sequence[int] | None = None, confidence: float = 0.95) -> Summary:
    """Return pass@k with intervals for counts that may differ in n.

    Args:
        counts: one per problem.
        ks: draws; default: the powers of two up to the smallest n, and that n.
        confidence: of the intervals, whose target is new problems of this kind (see `eval.intervals`).

    Raises:
        EvalError: no counts, a problem given twice, or a k that some problem has too few samples for.
    """
    found = check_counts(counts)
    labels = cluster_labels(found)
    chosen = check_ks(found, ks)
    rows = _rows(found, chosen, confidence, labels)
    n, c = columns(found)
    once = cluster_values(pass_at_k(n, c, [1]), labels)[:, 0]
    accuracy = mean_interval(once, int(n.sum()), confidence)
    return Summary(
        tuple(found), tuple(rows), confidence, accuracy, None if labels is None else len(set(labels))
    )


def _rows(counts: Sequence[Count], ks: list[int], confidence: float, labels: list[str] | None) -> list[KRow]:
    n, c = columns(counts)
    passed, failed, all_right = pass_at_k(n, c, ks), fail_at_k(n, c, ks), pass_hat_k(n, c, ks)
    values = cluster_values(passed, labels)
    together = simultaneous_critical(values, confidence)
    rates = fit_rates(n, c)
    rows = []
    for column, k in enumerate(ks):
        at = mean_interval(values[:, column], int(n.sum()), confidence)
        band = mean_interval(values[:, column], int(n.sum()), confidence, together)
        same, basis = same_problem_interval(n, c, k, confidence, rates)
        fail, right = (math.fsum(table[:, column]) / len(counts) for table in (failed, all_right))
        limits = (band.low, band.high, same.low, same.high)
        rows.append(KRow(k, at.estimate, at.low, at.high, fail, *limits, basis, right))
    return rows


def columns(counts: Sequence[Count]) -> tuple[Ints, Ints]:
    """Return n and c as arrays, in the order of the counts."""
    return np.array([x.n for x in counts], dtype=np.int64), np.array([x.c for x in counts], dtype=np.int64)


def check_ks(counts: Sequence[Count], ks: Sequence[int] | None) -> list[int]:
    """Return the draws to report, ascending, or raise EvalError naming the problem with too few samples."""
    fewest = min(counts, key=lambda x: x.n)
    if ks is None:
        return sorted({fewest.n, *(2**i for i in range(fewest.n.bit_length()))})
    chosen = sorted(set(whole("k", list(ks)).tolist()))
    if chosen[0] < 1:
        raise EvalError(f"k must be at least 1; got {chosen[0]}.")
    if chosen[-1] > fewest.n:
        raise EvalError(
            f"k={chosen[-1]} is more than the n={fewest.n} samples of problem `{fewest.problem_id}`, where "
            f"pass@k is not defined; take k <= {fewest.n} or sample more."
        )
    return chosen


def limit_note(counts: Sequence[Count]) -> list[str]:
    """Return a sentence where one problem's few samples end k far below what the others allow; else nothing.

    That is where the smallest n is less than half of the median n. `counts`: at least one.
    """
    fewest, middle = min(counts, key=lambda x: x.n), median(x.n for x in counts)
    if 2 * fewest.n >= middle:
        return []
    return [
        f"k ends at {fewest.n}: problem `{fewest.problem_id}` has only {fewest.n} judged sample(s), while the median "
        f"is {middle:g}. Larger k need more samples of it, or counts without it."
    ]
