"""Two audits of the same problems, base and tuned: the paired difference of pass@k, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from eval.bands import simultaneous_critical
from eval.clusters import cluster_labels, cluster_values, merge_clusters
from eval.counts import Count, check_counts
from eval.crossover import Crossing, draw_grid, find_changes, find_crossing
from eval.errors import EvalError
from eval.exact import compare_at_k, compare_rates
from eval.intervals import TARGET, difference_interval, difference_limits
from eval.passk import Floats, Ints, pass_at_k
from eval.same_problems import Basis, same_problem_difference
from eval.summary import Summary, check_ks, summarise
from eval.support import Support, support_table

Change = Literal["kept", "new", "lost", "never"]
CHANGES: tuple[Change, ...] = ("kept", "new", "lost", "never")


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One k: tuned minus base with its paired interval; problems where tuned is better, worse, equal.

    `low`, `high`: new problems, this k alone. `band_low`, `band_high`: new problems, all k together.
    `same_low`, `same_high`: these problems, new samples, resting on `same_basis`.
    """

    k: int
    base: float
    base_low: float | None
    base_high: float | None
    tuned: float
    tuned_low: float | None
    tuned_high: float | None
    difference: float
    low: float | None
    high: float | None
    wins: int
    losses: int
    ties: int
    band_low: float | None
    band_high: float | None
    same_low: float | None
    same_high: float | None
    same_basis: Basis


@dataclass(frozen=True, slots=True)
class Gap:
    """The sampling-efficiency gap, base pass@k minus tuned pass@1: what training left for more samples to find.

    Both inputs stand beside it: published gaps did not always follow from the figures in their own table.
    """

    k: int
    base_pass_at_k: float
    tuned_pass_at_1: float
    gap: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One problem under both models."""

    base: Count
    tuned: Count

    @property
    def problem_id(self) -> str:
        """The problem's id."""
        return self.base.problem_id

    @property
    def change(self) -> Change:
        """`kept`, `new` (solved by tuned only), `lost` (by base only), `never`; solved means c >= 1."""
        if self.base.c and self.tuned.c:
            return "kept"
        if self.tuned.c:
            return "new"
        return "lost" if self.base.c else "never"


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        base, tuned: the summaries over the problems compared.
        pairs: one per problem, in base's order.
        rows: one per k, ascending.
        wins, losses, ties: problems where tuned's c/n is higher, lower, equal; decided in whole numbers.
        crossing: what can be said about the crossover at the comparison's confidence.
        support: what either model solves at all, and how much of the change may be luck.
        gap: the sampling-efficiency gap at the largest k.
        only_base, only_tuned: ids left out of the comparison, empty unless `common_only`.
    """

    base: Summary
    tuned: Summary
    pairs: tuple[Pair, ...]
    rows: tuple[DifferenceRow, ...]
    confidence: float
    wins: int
    losses: int
    ties: int
    crossing: Crossing
    support: Support
    gap: Gap
    only_base: tuple[str, ...] = ()
    only_tuned: tuple[str, ...] = ()

    @property
    def crossover(self) -> int | None:
        """The estimate of `crossing`: None if there is none. A point estimate: noise can move it far."""
        return self.crossing.estimate

    def problems_with(self, change: Change) -> list[str]:
        """Return the ids of the problems that changed in this way, in base's order."""
        return [pair.problem_id for pair in self.pairs if pair.change == change]

    def to_json(self) -> dict[str, Any]:
        """Return plain data: totals, one object per k, the ids per kind of change, one object per problem."""
        return {
            "problems": len(self.pairs),
            "confidence": self.confidence,
            "target": TARGET,
            "k": [asdict(row) for row in self.rows],
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.ties,
            "crossover": self.crossover,
            "crossover_interval": {**asdict(self.crossing), "sentence": self.crossing.sentence()},
            "support": self.support.to_json(),
            "sampling_efficiency_gap": asdict(self.gap),
            **{change: self.problems_with(change) for change in CHANGES},
            "only_base": list(self.only_base),
            "only_tuned": list(self.only_tuned),
            "base": _totals(self.base),
            "tuned": _totals(self.tuned),
            "per_problem": [_pair_row(pair) for pair in self.pairs],
        }


def compare(
    base: Iterable[Count],
    tuned: Iterable[Count],
    ks: Sequence[int] | None = None,
    confidence: float = 0.95,
    common_only: bool = False,
) -> Comparison:
    """Compare two audits problem by problem.

    Args:
        base, tuned: counts of the two models; matched by problem id, their n may differ. Clusters that one side
            names hold for both.
        ks: draws; default: powers of two up to the smallest n on either side, and that n.
        confidence: of every interval.
        common_only: compare the problems that both have, instead of refusing when one side has more.

    Raises:
        EvalError: as `summarise`; the two do not hold the same problems, or name two clusters of one problem.
    """
    base_counts, tuned_counts = check_counts(base), check_counts(tuned)
    pairs, only_base, only_tuned = _match(base_counts, tuned_counts)
    _check_match(pairs, only_base, only_tuned, common_only)
    pairs = _one_unit(pairs)
    chosen = check_ks([min(p.base, p.tuned, key=lambda x: x.n) for p in pairs], ks)
    left = summarise([p.base for p in pairs], chosen, confidence)
    right = summarise([p.tuned for p in pairs], chosen, confidence)
    verdicts = _tally(compare_rates(*_columns(pairs)))
    labels = cluster_labels([p.base for p in pairs])
    return Comparison(
        base=left,
        tuned=right,
        pairs=tuple(pairs),
        rows=tuple(_rows(pairs, left, right, labels)),
        confidence=confidence,
        wins=verdicts[0],
        losses=verdicts[1],
        ties=verdicts[2],
        crossing=_crossing(pairs, confidence, labels),
        support=support_table(pairs, labels),
        gap=_gap(pairs, chosen[-1], confidence, labels),
        only_base=tuple(only_base),
        only_tuned=tuple(only_tuned),
    )


def _match(base: Sequence[Count], tuned: Sequence[Count]) -> tuple[list[Pair], list[str], list[str]]:
    other = {x.problem_id: x for x in tuned}
    here = {x.problem_id for x in base}
    pairs = [Pair(x, other[x.problem_id]) for x in base if x.problem_id in other]
    only_base = [x.problem_id for x in base if x.problem_id not in other]
    return pairs, only_base, [x.problem_id for x in tuned if x.problem_id not in here]


def _check_match(pairs: list[Pair], only_base: list[str], only_tuned: list[str], common_only: bool) -> None:
    if not pairs:
        raise EvalError(
            "the two audits have no problem in common "
            f"(base: {_some(only_base)}; tuned: {_some(only_tuned)})."
        )
    if (only_base or only_tuned) and not common_only:
        named = (("base", only_base), ("tuned", only_tuned))
        sides = " and ".join(f"{len(ids)} only in {name} ({_some(ids)})" for name, ids in named if ids)
        raise EvalError(
            f"the two audits do not hold the same problems: {sides}. Audit both on the same problems, or "
            f"compare the {len(pairs)} common ones with --common-only (common_only=True)."
        )


def _one_unit(pairs: Sequence[Pair]) -> list[Pair]:
    sides = merge_clusters([[p.base for p in pairs], [p.tuned for p in pairs]])
    return [Pair(*counts) for counts in zip(*sides, strict=True)]


def _some(ids: list[str], most: int = 5) -> str:
    shown = ", ".join(f"`{x}`" for x in ids[:most])
    return f"{shown}, ..." if len(ids) > most else shown


def _rows(
    pairs: Sequence[Pair], left: Summary, right: Summary, labels: list[str] | None
) -> list[DifferenceRow]:
    base_n, base_c, tuned_n, tuned_c = columns = _columns(pairs)
    values = cluster_values(_differences(pairs, [row.k for row in left.rows]), labels)
    together = simultaneous_critical(values, left.confidence)
    bands = None if together is None else difference_limits(values, together)
    rows = []
    for column, (b, t) in enumerate(zip(left.rows, right.rows, strict=True)):
        at = difference_interval(values[:, column], left.confidence)
        same, basis = same_problem_difference((base_n, base_c), (tuned_n, tuned_c), b.k, left.confidence)
        wins, losses, ties = _tally(compare_at_k(*columns, b.k))
        row = DifferenceRow(
            *(b.k, b.pass_at_k, b.low, b.high, t.pass_at_k, t.low, t.high),
            *(at.estimate, at.low, at.high, wins, losses, ties),
            band_low=None if bands is None else float(bands[0][column]),
            band_high=None if bands is None else float(bands[1][column]),
            same_low=same.low,
            same_high=same.high,
            same_basis=basis,
        )
        rows.append(row)
    return rows


def _differences(pairs: Sequence[Pair], ks: list[int]) -> Floats:
    base_n, base_c, tuned_n, tuned_c = _columns(pairs)
    return pass_at_k(tuned_n, tuned_c, ks) - pass_at_k(base_n, base_c, ks)


def _crossing(pairs: Sequence[Pair], confidence: float, labels: list[str] | None) -> Crossing:
    ks = draw_grid(min(x.n for p in pairs for x in (p.base, p.tuned)))
    table = cluster_values(_differences(pairs, ks), labels)
    return find_crossing(ks, table, find_changes(*_columns(pairs)), confidence)


def _gap(pairs: Sequence[Pair], k: int, confidence: float, labels: list[str] | None) -> Gap:
    base_n, base_c, tuned_n, tuned_c = _columns(pairs)
    base, tuned = pass_at_k(base_n, base_c, [k]), pass_at_k(tuned_n, tuned_c, [1])
    at = difference_interval(cluster_values(base - tuned, labels)[:, 0], confidence)
    return Gap(k, float(base.mean()), float(tuned.mean()), at.estimate, at.low, at.high)


def _columns(pairs: Sequence[Pair]) -> tuple[Ints, Ints, Ints, Ints]:
    table = np.array([(p.base.n, p.base.c, p.tuned.n, p.tuned.c) for p in pairs], dtype=np.int64)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def _tally(verdicts: Ints) -> tuple[int, int, int]:
    return int((verdicts > 0).sum()), int((verdicts < 0).sum()), int((verdicts == 0).sum())


def _totals(summary: Summary) -> dict[str, Any]:
    return {key: value for key, value in summary.to_json().items() if key not in ("k", "per_problem")}


def _pair_row(pair: Pair) -> dict[str, Any]:
    side = {"base": {"n": pair.base.n, "c": pair.base.c}, "tuned": {"n": pair.tuned.n, "c": pair.tuned.c}}
    return {"problem_id": pair.problem_id, **side, "change": pair.change}
