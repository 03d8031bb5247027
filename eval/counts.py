"""Outcome counts per problem: the sufficient statistic of every figure in this package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.passk import LARGEST
from rewards.files import read_jsonl


@dataclass(frozen=True, slots=True)
class Count:
    """One problem: `n` samples were judged, `c` of them correct, 0 <= c <= n and n >= 1.

    `cluster` names what the problem shares with others, such as a stem or a template; empty if it stands
    alone.

    Raises:
        EvalError: if the numbers cannot be counts.
    """

    problem_id: str
    n: int
    c: int
    cluster: str = ""

    def __post_init__(self) -> None:
        for name, value in (("n", self.n), ("c", self.c)):
            if isinstance(value, bool) or not isinstance(value, Integral):
                raise EvalError(f"problem `{self.problem_id}`: {name} must be a whole number; got {value!r}.")
            object.__setattr__(self, name, int(value))
        if self.n > LARGEST:
            raise EvalError(f"problem `{self.problem_id}`: n must be at most {LARGEST}; got {self.n}.")
        if self.n < 1:
            raise EvalError(f"problem `{self.problem_id}` has n={self.n} samples; at least 1 is needed.")
        if not 0 <= self.c <= self.n:
            raise EvalError(
                f"problem `{self.problem_id}`: c must be within 0..n; got c={self.c} of n={self.n}."
            )

    @classmethod
    def from_row(cls, row: Any) -> Count:
        """Read an object with `problem_id` (text or whole number), `n`, `c` and, if there is one, `cluster`."""
        if not isinstance(row, dict):
            raise EvalError(f"expected an object with problem_id, n and c; got {type(row).__name__}.")
        missing = [key for key in ("problem_id", "n", "c") if key not in row]
        if missing:
            raise EvalError(f"`{missing[0]}` is missing; a row needs problem_id, n and c.")
        name = row["problem_id"]
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise EvalError(f"problem_id must be text or a whole number; got {name!r}.")
        return cls(str(name), row["n"], row["c"], cluster_name(row.get("cluster")))

    def row(self) -> dict[str, Any]:
        """Return the JSON form, as `from_row` reads it."""
        row = {"problem_id": self.problem_id, "n": self.n, "c": self.c}
        return {**row, "cluster": self.cluster} if self.cluster else row


def cluster_name(value: Any) -> str:
    """Return a `cluster` entry as text; None is empty. Raises `EvalError` for anything but text and whole numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise EvalError(f"cluster must be text or a whole number; got {value!r}.")
    return "" if value is None else str(value)


def read_counts(path: Path | str) -> list[Count]:
    """Read counts from JSON Lines: `{"problem_id": ..., "n": ..., "c": ...}` per line, blank lines skipped.

    Raises:
        EvalError: naming file and line: not JSON, a missing key, a value that is no count, a problem given
            twice; or an empty or unreadable file.
    """
    found: list[Count] = []
    seen: dict[str, int] = {}
    for number, row in read_jsonl(Path(path), EvalError):
        try:
            count = Count.from_row(row)
        except EvalError as error:
            raise EvalError(f"{path}, line {number}: {error}") from error
        if count.problem_id in seen:
            first = seen[count.problem_id]
            raise EvalError(
                f"{path}, line {number}: problem `{count.problem_id}` was already given on line {first}."
            )
        seen[count.problem_id] = number
        found.append(count)
    if not found:
        raise EvalError(f"{path} holds no counts; expected lines of problem_id, n and c.")
    return found


def check_counts(counts: Iterable[Count]) -> Sequence[Count]:
    """Return the counts as a list. Raises EvalError if there are none, or a problem occurs twice."""
    found = list(counts)
    if not found:
        raise EvalError("there are no counts; at least one problem is needed.")
    seen: set[str] = set()
    for count in found:
        if count.problem_id in seen:
            raise EvalError(f"problem `{count.problem_id}` is given twice.")
        seen.add(count.problem_id)
    return found
