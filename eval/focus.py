"""Adaptive sampling in an audit: a pilot of every problem, then more samples where one pass@k is uncertain.

The audit's own figures stay those of the pilot, n samples of every problem. The focused figure stands apart, with its
interval for these problems; see `eval.allocate` for why each problem's samples are in parts: three, where the first n
are at least 6 k, and the samples that follow are decided in two steps; else two, and one step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.allocate import Parts, allocate
from eval.errors import EvalError
from eval.passk import Ints
from eval.store import SampleStore
from eval.tally import AUDIT, Problem


@dataclass(frozen=True)
class Focus:
    """What shall be narrow: pass@`k`, with `budget` samples per problem on average, the pilot's included.

    Raises:
        EvalError: k below 1.
    """

    k: int
    budget: float

    def __post_init__(self) -> None:
        if self.k < 1:
            raise EvalError(f"focus: k must be at least 1; got {self.k}.")

    def check(self, n: int) -> None:
        """Refuse a pilot of n samples per problem that cannot decide. Raises `EvalError`."""
        if n < 4 * self.k or n % 2:
            raise EvalError(
                f"focus on pass@{self.k}: the pilot needs an even n of at least 4 k = {4 * self.k}; got n={n}."
            )
        if self.budget <= n:
            raise EvalError(
                f"focus: a budget of {self.budget:g} samples per problem leaves none after n={n}."
            )

    def parts(self, n: int) -> int:
        """Return in how many parts a problem's samples are after a pilot of n; one less is the number of steps."""
        return 3 if n >= 6 * self.k else 2

    def indices(
        self,
        store: SampleStore,
        problems: Sequence[Problem],
        n: int,
        chosen: Mapping[str, Sequence[int]] | None = None,
    ) -> dict[str, list[int]]:
        """Return which samples each problem shall have, decided by the first `n`, and by those `chosen` before.

        Raises:
            EvalError: no problem has enough judged samples.
        """
        columns = self.parts(n)
        pilot, usable = self._usable(split(store, problems, {p.id: range(n) for p in problems}, columns))
        grown = None
        if chosen is not None:
            found = split(store, problems, chosen, columns)
            grown = Parts(found.n[usable], found.c[usable])
        sizes = iter(allocate(pilot, self.k, int(self.budget * len(pilot.n)), grown).tolist())
        return {
            p.id: _indices(next(sizes)) if fine else list(range(n))
            for p, fine in zip(problems, usable, strict=True)
        }

    def result(
        self, store: SampleStore, problems: Sequence[Problem], n: int, chosen: Mapping[str, Sequence[int]]
    ) -> dict[str, Any]:
        """Return the focused figure as plain data."""
        columns = self.parts(n)
        found, usable = self._usable(split(store, problems, chosen, columns))
        interval = found.estimate(self.k)
        each = found.n.sum(axis=1)
        return {
            "k": self.k,
            "pass_at_k": interval.estimate,
            "same_low": interval.low,
            "same_high": interval.high,
            "problems": len(each),
            "parts": columns,
            "samples": int(each.sum()),
            "samples_per_problem": float(each.mean()),
            "least": int(each.min()),
            "most": int(each.max()),
            "left_out": [p.id for p, fine in zip(problems, usable, strict=True) if not fine],
        }

    def _usable(self, found: Parts) -> tuple[Parts, list[bool]]:
        """Return the problems whose parts all have 2 k judged samples, and which these are."""
        enough = found.n.min(axis=1) >= 2 * self.k
        if not enough.any():
            raise EvalError(
                f"focus: no problem has {4 * self.k} judged samples; see the notes on masked ones."
            )
        return Parts(found.n[enough], found.c[enough]), enough.tolist()


def split(
    store: SampleStore, problems: Sequence[Problem], wanted: Mapping[str, Sequence[int]], parts: int
) -> Parts:
    """Return the judged samples among those wanted, in parts by the remainder of their index."""
    place = {p.id: i for i, p in enumerate(problems)}
    chosen = {problem: set(indices) for problem, indices in wanted.items()}
    n: Ints = np.zeros((len(problems), parts), dtype=np.int64)
    c: Ints = np.zeros_like(n)
    table = store.table(AUDIT, ("prompt_id", "sample_index", "correct"))
    for problem, index, correct in zip(*(column.to_pylist() for column in table.columns), strict=True):
        if correct is not None and problem in place and index in chosen[problem]:
            n[place[problem], index % parts] += 1
            c[place[problem], index % parts] += correct
    return Parts(n, c)


def _indices(sizes: Sequence[int]) -> list[int]:
    return sorted(len(sizes) * i + part for part, size in enumerate(sizes) for i in range(size))
