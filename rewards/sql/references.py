"""Which reference queries of a data set are worth training on: found before training, not in its reward curve.

Arctic-Text2SQL-R1 (arXiv 2505.20315) dropped some 3,100 training rows whose reference returns nothing; BIRD's mini-dev
set has errors in half of its annotations (arXiv 2601.08778). This finds what execution can show; it cannot find a query
that answers another question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rewards.bound import BoundReward, row_rollout
from rewards.contract import Score, Status
from rewards.define import reward
from rewards.errors import BadReference
from rewards.registry import find_reward
from rewards.runner import Runner
from rewards.sql.contract import Fault, Limits
from rewards.sql.engines import engine_of
from rewards.sql.engines.base import DatabaseError
from rewards.sql.golds import Gold, GoldCache
from rewards.sql.grade import MOST_SECONDS, Task
from rewards.sql.scan import tokens
from rewards.verifier_audit.measure import USABLE

KINDS = {
    "failing": "it does not run, or its database cannot be opened: masked",
    "slow": "it takes more than the time or memory given: masked",
    "non-deterministic": "it calls random() or asks for the time: masked",
    "undecidable": "which rows it returns is left open: wrong answers are masked, or any rows are taken",
    "empty": "it returns no row on any database: never paid, unless both_empty=match",
}
CHANCE = frozenset(["RANDOM", "RANDOMBLOB", "RAND", "UUID", "GEN_RANDOM_UUID", "NOW", "TODAY", "SETSEED"])
CLOCKS = frozenset(["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"])
HARD = {Fault.TIMEOUT, Fault.TOO_BIG}
_golds = GoldCache()


@reward("sql_reference", domain="sql", deadline=60.0, imports=("rewards.sql.execute",))
def sql_reference(
    answer: Any, db: Any, dialect: str = "sqlite", *, gold_seconds: float = 2.0, memory_mb: int = 128
) -> Score:
    """Pay 1 if a reference can be used; the reason begins with its kind."""
    limits = Limits(gold_seconds=gold_seconds, memory_mb=memory_mb)
    try:
        task = Task.of(answer, db, dialect, limits)
    except BadReference as error:
        return Score(0.0, reason=f"failing: {error}")
    rows, begin = 0, time.perf_counter()
    for path in task.databases:
        try:
            gold = _golds.get(task.gold, Path(path), engine_of(path, limits), limits)
        except DatabaseError as error:
            return Score(0.0, reason=f"failing: the database {error}")
        problem = _problem(gold, task.gold)
        if problem:
            return Score(0.0, reason=problem)
        rows += len(gold.answer.table.rows) if gold.answer else 0
    found = {"rows": float(rows), "seconds": time.perf_counter() - begin}
    return Score(1.0, parts=found, reason=USABLE) if rows else Score(0.0, reason="empty: it returns no row")


def _problem(gold: Gold, text: str) -> str:
    """Return the kind of problem and the engine's message, or an empty text."""
    if gold.answer is None:
        fault, message = (gold.failed.fault, gold.failed.message) if gold.failed else (None, "")
        if by_chance(text):
            return f"non-deterministic: {message}"
        return f"{'slow' if fault in HARD else 'failing'}: {message}"
    if not gold.answer.determined:
        return "undecidable: another order of reading gives other rows"
    cut = any(block.take < len(block.rows) for block in gold.answer.blocks)
    return (
        "undecidable: LIMIT without ORDER BY, so any rows are right"
        if cut and not gold.answer.ordered
        else ""
    )


def by_chance(text: str) -> bool:
    """Whether a query calls a function of chance, or asks for the time."""
    found = tokens(text)
    called = {a.word for a, b in pairwise(found) if b.text == "("}
    asked = {token.word for token in found} & CLOCKS
    now = any(token.kind == "text" and token.text.strip("'").strip().lower() == "now" for token in found)
    return bool(called & CHANCE or asked or now)


def references_sql(
    rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any], runner: Runner | None = None
) -> list[tuple[str, str]]:
    """Return (kind, reason) of each row's reference, `USABLE` or one of `KINDS`; each runs in a killable worker."""
    given = {name: params[name] for name in ("gold_seconds", "memory_mb") if name in params}
    bound = BoundReward(find_reward(f"{__name__}:sql_reference"), given, runner)
    scores = bound.score_rollouts([row_rollout({**row, "completion": ""}) for row in rows])
    found = [_kind(score) for score in scores]
    match = params.get("both_empty") == "match"
    return [(USABLE, "") if match and kind == "empty" else (kind, reason) for kind, reason in found]


references_sql_partial = references_sql


def _kind(score: Score) -> tuple[str, str]:
    if score.status is Status.TIMEOUT:
        return "slow", f"still running after {3 * MOST_SECONDS:g} s"
    kind, _, reason = score.reason.partition(": ")
    return (kind, reason) if kind in (USABLE, *KINDS) else ("failing", score.reason)
