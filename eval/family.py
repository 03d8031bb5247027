"""Several models or checkpoints against one baseline, on the same problems, without fishing.

With ten checkpoints and seven k, seventy intervals of 95 % hold zero falsely more often than not. Here all of
them hold together (max-t), and p-values are Holm's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.bands import simultaneous_critical
from eval.clusters import cluster_labels, cluster_values, merge_clusters
from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.intervals import TARGET, critical, difference_limits
from eval.passk import Floats, pass_at_k
from eval.student import incomplete_beta
from eval.summary import check_ks, columns
from eval.support import holm


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One model at one k against the baseline.

    `low` and `high` hold for this figure alone, `family_low` and `family_high` for all models and k together;
    `p_holm` is adjusted over all of them too. None for one problem.
    """

    model: str
    k: int
    baseline_pass_at_k: float
    pass_at_k: float
    difference: float
    low: float | None
    high: float | None
    family_low: float | None
    family_high: float | None
    p_holm: float | None


@dataclass(frozen=True)
class Family:
    """What `compare_many` found.

    `left_out` are ids that not every model has, empty unless `common_only`; `clusters` is how many groups of related
    problems there are, None if each problem stands alone.
    """

    baseline: str
    problems: int
    confidence: float
    rows: tuple[FamilyRow, ...]
    left_out: tuple[str, ...] = ()
    clusters: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "baseline": self.baseline,
            "problems": self.problems,
            "clusters": self.clusters,
            "confidence": self.confidence,
            "target": TARGET,
            "comparisons": [asdict(row) for row in self.rows],
            "left_out": list(self.left_out),
            "verdicts": self.verdicts(),
        }

    def verdicts(self) -> list[str]:
        """Return one sentence per model: where it differs from the baseline with all comparisons held at once."""
        return [self._verdict(name) for name in dict.fromkeys(row.model for row in self.rows)]

    def _verdict(self, name: str) -> str:
        rows = [row for row in self.rows if row.model == name]
        better = [str(r.k) for r in rows if r.family_low is not None and r.family_low > 0]
        worse = [str(r.k) for r in rows if r.family_high is not None and r.family_high < 0]
        parts = [
            f"{word} at k = {', '.join(ks)}" for word, ks in (("better", better), ("worse", worse)) if ks
        ]
        said = " and ".join(parts) or "not distinguishable at any k"
        return f"{name} against {self.baseline}: {said} (all comparisons together)."


def compare_many(
    models: Mapping[str, Sequence[Count]],
    ks: Sequence[int] | None = None,
    confidence: float = 0.95,
    common_only: bool = False,
) -> Family:
    """Compare every model with the first, paired by problem, at one family-wise confidence.

    Args:
        models: name -> counts, at least two; the first is the baseline. Clusters that one names hold for all.
        ks: draws; default: powers of two up to the smallest n of all.
        confidence: of each interval, and of all of them together.
        common_only: compare on the problems that all have, instead of refusing when they differ.

    Raises:
        EvalError: fewer than two models, different problems, two clusters of one problem, or as `summarise`.
    """
    if len(models) < 2:
        raise EvalError(f"a comparison needs at least 2 models; got {len(models)}.")
    shared, left_out = _shared(models, common_only)
    every = [x for counts in shared.values() for x in counts]
    chosen = check_ks(every, ks)
    names = list(shared)
    tables = {name: pass_at_k(*columns(counts), chosen) for name, counts in shared.items()}
    base, others = tables[names[0]], names[1:]
    labels = cluster_labels(shared[names[0]])
    values = cluster_values(np.hstack([tables[name] - base for name in others]), labels)
    found = _limits(values, confidence)
    rows = []
    for column in range(values.shape[1]):
        name, k = others[column // len(chosen)], column % len(chosen)
        means = float(base[:, k].mean()), float(tables[name][:, k].mean())
        rows.append(FamilyRow(name, chosen[k], *means, means[1] - means[0], *found[column]))
    clusters = None if labels is None else len(set(labels))
    return Family(names[0], len(base), confidence, tuple(rows), tuple(left_out), clusters)


def _limits(
    values: Floats, confidence: float
) -> list[tuple[float | None, float | None, float | None, float | None, float | None]]:
    """Return low, high, family low, family high and Holm's p of each column."""
    single, together = critical(len(values), confidence), simultaneous_critical(values, confidence)
    if single is None or together is None:
        return [(None, None, None, None, None)] * values.shape[1]
    low, high = difference_limits(values, single)
    wide_low, wide_high = difference_limits(values, together)
    p = holm([_p_value(values[:, [j]]) for j in range(values.shape[1])])
    return [
        (float(low[j]), float(high[j]), float(wide_low[j]), float(wide_high[j]), p[j])
        for j in range(values.shape[1])
    ]


def _p_value(column: Floats) -> float:
    """Return the two-sided p-value of "no difference" that belongs to the interval of `difference_limits`."""
    low, high = difference_limits(column, 1e-6)  # so narrow that no limit is cut off at 1
    error = float(high[0] - low[0]) / 2e-6
    t = float(high[0] + low[0]) / 2 / error
    dof = len(column) - 1
    return incomplete_beta(dof / 2, 0.5, dof / (dof + t * t), t * t / (dof + t * t))


def _shared(
    models: Mapping[str, Sequence[Count]], common_only: bool
) -> tuple[dict[str, list[Count]], list[str]]:
    by_id = {name: {x.problem_id: x for x in check_counts(counts)} for name, counts in models.items()}
    everything = dict.fromkeys(i for found in by_id.values() for i in found)
    common = [i for i in everything if all(i in found for found in by_id.values())]
    left_out = [i for i in everything if i not in set(common)]
    if left_out and not common_only:
        lacking = {name: sum(i not in found for i in everything) for name, found in by_id.items()}
        said = ", ".join(f"{name} lacks {count}" for name, count in lacking.items() if count)
        raise EvalError(
            f"the audits do not hold the same problems: {said} (the first: `{left_out[0]}`). Audit all on the "
            f"same problems, or compare the {len(common)} common ones with --common-only (common_only=True)."
        )
    if not common:
        raise EvalError("the audits have no problem in common.")
    sides = merge_clusters([[found[i] for i in common] for found in by_id.values()])
    return dict(zip(by_id, sides, strict=True)), left_out
