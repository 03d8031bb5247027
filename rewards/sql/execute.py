"""Judge a predicted query by running it beside the gold, on every database of the task."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rewards.sql.answer import Answer
from rewards.sql.compare import difference, figures
from rewards.sql.contract import Execution, Fault, Instance, Limits, Policy, Result, Verdict
from rewards.sql.engines import engine_of
from rewards.sql.engines.base import DatabaseError, Engine
from rewards.sql.golds import GoldCache

FAULTS = {Fault.REFUSED: Verdict.REFUSED, Fault.TIMEOUT: Verdict.TIMEOUT, Fault.TOO_BIG: Verdict.TIMEOUT}
_golds = GoldCache()


def judge_execution(
    predicted_sql: str,
    gold_sql: str,
    databases: str | Path | Sequence[str | Path],
    policy: Policy | None = None,
    limits: Limits | None = None,
) -> Execution:
    """Run a prediction and its gold on every database and compare what they return.

    Args:
        predicted_sql: the prediction, any text.
        gold_sql: one query.
        databases: a file, or several: the first is the task's own, the others are instances of the same schema.
        policy: what counts as the same; the defaults of `Policy` if None.
        limits: what a query may use; the defaults of `Limits` if None.

    Returns:
        The verdict. Nothing is raised: an unusable gold or database is the verdict `bad_gold`.

    Example:
        >>> judge_execution("SELECT 1 + 1", "SELECT 2", "shop.sqlite").matched
        True
    """
    policy, limits = policy or Policy(), limits or Limits()
    paths = [databases] if isinstance(databases, str | Path) else list(databases)
    if not paths:
        return Execution(Verdict.BAD_GOLD, "the task names no database", Fault.DATABASE)
    left = limits.seconds
    looked_at: list[Instance] = []
    for path in paths:
        try:
            found, fault, used = _on_one(predicted_sql, gold_sql, Path(path), policy, limits, left)
        except DatabaseError as error:
            return Execution(Verdict.BAD_GOLD, str(error), Fault.DATABASE, tuple(looked_at))
        looked_at.append(found)
        left = max(0.0, left - used)
        if found.verdict not in (Verdict.MATCH, Verdict.EMPTY, Verdict.UNDECIDABLE):
            return Execution(found.verdict, found.reason, fault, tuple(looked_at))
    return _summed(looked_at, policy)


def _summed(looked_at: Sequence[Instance], policy: Policy) -> Execution:
    instances = tuple(looked_at)
    verdicts = {instance.verdict for instance in instances}
    if Verdict.MATCH in verdicts:
        return Execution(Verdict.MATCH, "the results are the same", instances=instances)
    if Verdict.UNDECIDABLE in verdicts:
        reason = next(i.reason for i in instances if i.verdict is Verdict.UNDECIDABLE)
        return Execution(Verdict.UNDECIDABLE, reason, instances=instances)
    if policy.both_empty == "match":
        return Execution(Verdict.MATCH, "neither returns a row", instances=instances)
    return Execution(Verdict.EMPTY, "neither returns a row, which shows nothing", instances=instances)


def _on_one(
    predicted: str, gold: str, path: Path, policy: Policy, limits: Limits, left: float
) -> tuple[Instance, Fault | None, float]:
    """Return one database's part, the fault if there is one, and the prediction's seconds."""
    engine = engine_of(path, limits)
    expected = _golds.get(gold, path, engine, limits)
    if expected.answer is None:
        failed = expected.failed or Result()
        return Instance(str(path), Verdict.BAD_GOLD, f"the gold: {failed.message}"), failed.fault, 0.0
    begin = time.monotonic()
    result = _ran(predicted, engine, policy, left)
    used = time.monotonic() - begin
    return _judged(result, expected.answer, str(path), policy), result.fault, used


def _ran(predicted: str, engine: Engine, policy: Policy, seconds: float) -> Result:
    """Run the prediction's statements; the last one's result counts."""
    parts = engine.statements(predicted)
    if len(parts) > 1 and not policy.several_statements:
        return Result(fault=Fault.REFUSED, message=f"it holds {len(parts)} statements")
    result = Result(fault=Fault.SYNTAX, message="there is no statement")
    begin = time.monotonic()
    for part in parts:
        result = engine.run(part, max(0.0, seconds - (time.monotonic() - begin)))
        if result.table is None:
            break
    return result


def _judged(result: Result, answer: Answer, database: str, policy: Policy) -> Instance:
    precision, recall, cardinality = figures(result.table, answer.table)
    rows = 0 if result.table is None else len(result.table.rows)
    found = Instance(
        database, Verdict.FAILED, result.message, len(answer.table.rows), rows, precision, recall, cardinality
    )
    if result.table is None:
        return replace(found, verdict=FAULTS.get(result.fault or Fault.RUNTIME, Verdict.FAILED))
    why = difference(result.table, answer, policy)
    if why and answer.determined:
        return replace(found, verdict=Verdict.MISMATCH, reason=why)
    if why:
        reason = "the gold's result depends on the order in which tables are read"
        return replace(found, verdict=Verdict.UNDECIDABLE, reason=reason)
    if not rows and not answer.table.rows:
        return replace(found, verdict=Verdict.EMPTY, reason="neither returns a row")
    return replace(found, verdict=Verdict.MATCH, reason="the results are the same")
