"""Shares that a training step logs, from the records of its batch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from rewards import Record, Status, Suite


def mean(values: Sequence[float]) -> float:
    """Return the mean of what is not NaN, or NaN."""
    kept = [v for v in values if not math.isnan(v)]
    return sum(kept) / len(kept) if kept else math.nan


def shares(suite: Suite, records: Sequence[Record], formats: Sequence[str]) -> dict[str, float]:
    """Return the batch's means by metric name; the names are the same on every rank."""
    found = {"correct": mean([_number(r.verdict.correct) for r in records])}
    for term in suite.terms:
        scores = [s for r in records if (s := r.verdict.scores.get(term.label)) is not None]
        found[f"score/{term.label}"] = mean([_number(s.value) for s in scores])
    statuses, tags = Counter(r.verdict.status for r in records), Counter(r.tag for r in records)
    size = max(len(records), 1)
    found |= {f"status/{status}": statuses[status] / size for status in Status}
    found |= {f"format/{name}": tags[name] / size for name in formats}
    found["truncated"] = sum(bool(r.rollout.truncated) for r in records) / size
    return found


def dead_groups(pairs: Sequence[tuple[float | None, bool | None]], size: int) -> dict[str, float]:
    """Return shares of groups of `size` without signal, from each sample's total and correctness.

    Groups of one sample have nothing to compare: the result is empty.
    """
    if size < 2:
        return {}
    dead = right = wrong = 0
    for start in range(0, len(pairs), size):
        known = [(total, correct) for total, correct in pairs[start : start + size] if total is not None]
        totals = [total for total, _ in known]
        if not totals or max(totals) - min(totals) <= 1e-8:
            dead += 1
            right += bool(known) and all(correct for _, correct in known)
            wrong += bool(known) and not any(correct for _, correct in known)
    groups = max(len(pairs) // size, 1)
    return {
        "groups/dead": dead / groups,
        "groups/all_right": right / groups,
        "groups/all_wrong": wrong / groups,
    }


def _number(value: float | bool | None) -> float:
    return math.nan if value is None else float(value)
