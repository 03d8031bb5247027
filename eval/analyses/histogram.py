"""How many problems have which accuracy: never and always solved have bins of their own."""

from __future__ import annotations

from collections.abc import Sequence

from eval.counts import Count

BINS = ("0", *(f"{10 * i}–{10 * i + 10}" for i in range(10)), "100")
"""Names of the bins, in percent: {0}, (0, .1], ..., (.9, 1), {1}."""


def bin_of(count: Count) -> int:
    """Return the number of a problem's bin, decided in whole numbers."""
    return len(BINS) - 1 if count.c == count.n else -(-10 * count.c // count.n)


def bin_counts(counts: Sequence[Count]) -> list[int]:
    """Return the number of problems per bin of `BINS`."""
    return [len(ids) for ids in bin_problems(counts)]


def bin_problems(counts: Sequence[Count]) -> list[list[str]]:
    """Return the ids of the problems per bin of `BINS`, in the order given."""
    found: list[list[str]] = [[] for _ in BINS]
    for count in counts:
        found[bin_of(count)].append(count.problem_id)
    return found
