"""Shares that a training step logs, from the records of its batch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from reasoners.tools.observation import count_cut
from rewards import Record, Status, Suite
from rewards.contract import Message
from rewards.tool_efficiency import count_calls

TOOL_COUNTS = "tool_counts"
"""Column that training with tools adds to a row: its tool calls by kind."""
TOOL_NAMES = ("requested", "executed", "failed", "repeated", "cut")


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


def tool_shares(records: Sequence[Record]) -> dict[str, float]:
    """Return tool calls per sample of a batch: requested, executed, failed, repeated, and results cut."""
    counts = [r.rollout.columns[TOOL_COUNTS] for r in records]
    return {f"tools/{name}": mean([float(c[name]) for c in counts]) for name in TOOL_NAMES}


def tool_counts(completion: str | Sequence[Message]) -> dict[str, int]:
    """Return the tool calls of one completion by kind, counted in its structured messages."""
    found = count_calls(completion)
    counts = (found.requested, found.executed, found.failed, found.duplicated, count_cut(completion))
    return dict(zip(TOOL_NAMES, counts, strict=True))


def dead_groups(pairs: Sequence[tuple[float | None, bool | None]], size: int) -> dict[str, float]:
    """Return shares of groups of `size` without signal, from each sample's total and correctness.

    Groups of one sample have nothing to compare: the result is empty. A group of which it is not known what is right is
    dead, and neither all right nor all wrong.
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
            wrong += bool(known) and all(correct is not None and not correct for _, correct in known)
    groups = max(len(pairs) // size, 1)
    return {
        "groups/dead": dead / groups,
        "groups/all_right": right / groups,
        "groups/all_wrong": wrong / groups,
    }


def _number(value: float | bool | None) -> float:
    return math.nan if value is None else float(value)
