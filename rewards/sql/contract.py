"""What the SQL rewards share: comparison policy, limits of a query, and what comes back. No logic lives here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Row = tuple[Any, ...]
Schema = Mapping[str, Mapping[str, str]]
"""Table -> column -> declared type, names as the database writes them; views count as tables."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When two results are the same answer.

    Attributes:
        column_order: "strict" compares the first column with the first; "any" takes any permutation that fits.
        extra_columns: whether the prediction may return more columns than the gold, whose own must all be there.
        row_order: "auto" compares the order of rows only where the gold's outermost query has ORDER BY;
            "strict" always, "any" never.
        ties: "free" lets rows with equal sort keys stand in any order; "fixed" wants the gold's order of them.
        limit_ties: whether a gold that cuts through a tie (`ORDER BY x LIMIT 3`) takes another choice among the tied.
        duplicates: "count" compares multisets; "ignore" compares sets, as if both queries said DISTINCT.
        number_as_text: whether the text '5' equals the number 5.
        both_empty: what two results without rows on every database are worth. "refuse" pays nothing and says so, since
            nothing was shown; "match" pays.
        several_statements: whether a prediction may hold several queries; each must be a read-only query that runs,
            and the last one's result counts.
        rtol, atol: two numbers are equal if |a - b| <= max(rtol * max(|a|, |b|), atol). Integers compare exactly.
    """

    column_order: Literal["strict", "any"] = "strict"
    extra_columns: bool = False
    row_order: Literal["auto", "strict", "any"] = "auto"
    ties: Literal["free", "fixed"] = "free"
    limit_ties: bool = True
    duplicates: Literal["count", "ignore"] = "count"
    number_as_text: bool = False
    both_empty: Literal["refuse", "match"] = "refuse"
    several_statements: bool = False
    rtol: float = 1e-6
    atol: float = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use.

    Attributes:
        seconds: wall time of a prediction, over all its databases together.
        gold_seconds: the same for the gold; it runs once for each database and is kept.
        memory_mb: memory the engine may take for it, in MiB.
        rows, cells, result_bytes: the largest result that is read.
        value_bytes: the longest text or blob, also in the middle of a computation.
        sql_chars: the longest query.
    """

    seconds: float = 2.0
    gold_seconds: float = 2.0
    memory_mb: int = 128
    rows: int = 100_000
    cells: int = 1_000_000
    result_bytes: int = 32_000_000
    value_bytes: int = 1_000_000
    sql_chars: int = 20_000


class Fault(StrEnum):
    """Why a query has no result."""

    SYNTAX = "syntax"  # the engine cannot prepare it: grammar, unknown table, column or function
    REFUSED = "refused"  # it writes, attaches, is several statements, or calls what is not allowed
    TIMEOUT = "timeout"  # it ran out of time
    TOO_BIG = "too_big"  # it ran out of memory, or its text, a value or the result is too long
    RUNTIME = "runtime"  # it failed while it ran
    DATABASE = "database"  # the file is missing, corrupt or not of this engine


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a result, in the engine's order; `columns` are the names it gave them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What running a query gave: a table, or a fault and the engine's message."""

    table: Table | None = None
    fault: Fault | None = None
    message: str = ""


class Verdict(StrEnum):
    """What the comparison says."""

    MATCH = "match"
    MISMATCH = "mismatch"
    EMPTY = "empty"  # neither returned a row, which shows nothing: paid only where the policy says so
    FAILED = "failed"  # the prediction does not run
    REFUSED = "refused"  # the prediction asked for what no query may do
    TIMEOUT = "timeout"  # the prediction ran out of time or memory
    UNDECIDABLE = "undecidable"  # the gold has no one answer (LIMIT without ORDER BY, random()): never paid
    BAD_GOLD = "bad_gold"  # the gold or its database is unusable: never paid


@dataclass(frozen=True, slots=True)
class Instance:
    """One database's part in a verdict. The figures are those of QATCH (Papicchio et al., NeurIPS 2023).

    `cell_precision` is the share of the prediction's cells whose value is among the gold's, `cell_recall` the share of
    the gold's among the prediction's, `cardinality` the smaller number of rows over the larger; each in [0, 1], and 0
    where the prediction has no result.
    """

    database: str
    verdict: Verdict
    reason: str = ""
    gold_rows: int = 0
    predicted_rows: int = 0
    cell_precision: float = 0.0
    cell_recall: float = 0.0
    cardinality: float = 0.0


@dataclass(frozen=True, slots=True)
class Execution:
    """The verdict over all databases: a match needs every one that decides to match, and one at least to decide.

    `instances` holds the databases that were looked at, in order; the first one that fails ends the comparison.
    `fault` is the prediction's, or the gold's where the verdict is `bad_gold`.
    """

    verdict: Verdict
    reason: str = ""
    fault: Fault | None = None
    instances: tuple[Instance, ...] = field(default_factory=tuple)

    @property
    def matched(self) -> bool:
        """Whether the prediction is paid."""
        return self.verdict is Verdict.MATCH

    @property
    def runs(self) -> bool:
        """Whether the prediction gave a result on every database it was run on."""
        return self.verdict in (Verdict.MATCH, Verdict.MISMATCH, Verdict.EMPTY)
