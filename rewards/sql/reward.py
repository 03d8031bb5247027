"""The rewards `sql`, which pays for results alone, and `sql_partial`, which also pays for coming near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rewards.contract import Rollout, Score
from rewards.define import reward
from rewards.sql.grade import Options, Task, grade, scale_of
from rewards.sql.presets import Name

IMPORTS = ("sqlglot", "sqlglot.optimizer.scope", "rewards.sql.execute")
DEADLINE = 90.0
"""A backstop: the engines keep `seconds` and `gold_seconds` themselves."""


def check_row(row: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Refuse a row whose database cannot be opened, before training. Raises `BadReference`."""
    from rewards.sql.source import check_databases

    check_databases(row["db"], str(row.get("dialect") or "sqlite"))


@reward("sql", domain="sql", deadline=DEADLINE, imports=IMPORTS, scale=scale_of, check_row=check_row)
def sql(
    completion: str,
    answer: Any,
    db: Any,
    rollout: Rollout,
    dialect: str = "sqlite",
    schema: str = "",
    question: str = "",
    *,
    preset: Name = "execution",
    instances: int = 0,
    column_order: Literal["strict", "any"] = "strict",
    extra_columns: bool = False,
    row_order: Literal["auto", "strict", "any"] = "auto",
    ties: Literal["free", "fixed"] = "free",
    limit_ties: bool = True,
    duplicates: Literal["count", "ignore"] = "count",
    number_as_text: bool = False,
    both_empty: Literal["refuse", "match"] = "refuse",
    several_statements: bool = False,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seconds: float = 2.0,
    gold_seconds: float = 2.0,
    memory_mb: int = 128,
    tag: str = "answer",
    prefilled: bool = False,
) -> Score:
    """Pay 1 if the completion's query returns what the reference query `answer` does on every database in `db`."""
    options = Options.of({**locals(), "lean": True})
    task = Task.of(answer, db, dialect, options.limits, options.instances)
    return grade(completion, task, options, str(question or ""), str(schema or ""), rollout).score


@reward(
    "sql_partial",
    domain="sql",
    range=(0.0, 7.0),
    deadline=DEADLINE,
    imports=IMPORTS,
    scale=scale_of,
    check_row=check_row,
)
def sql_partial(
    completion: str,
    answer: Any,
    db: Any,
    rollout: Rollout,
    dialect: str = "sqlite",
    schema: str = "",
    question: str = "",
    *,
    preset: Name = "reasoning_sql",
    shaping: float = 0.5,
    linking: Literal["jaccard", "recall"] = "jaccard",
    steps: int = 0,
    judge: str = "",
    judge_model: str = "",
    judge_key_env: str = "OPENAI_API_KEY",
    instances: int = 0,
    column_order: Literal["strict", "any"] = "strict",
    extra_columns: bool = False,
    row_order: Literal["auto", "strict", "any"] = "auto",
    ties: Literal["free", "fixed"] = "free",
    limit_ties: bool = True,
    duplicates: Literal["count", "ignore"] = "count",
    number_as_text: bool = False,
    both_empty: Literal["refuse", "match"] = "refuse",
    several_statements: bool = False,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seconds: float = 2.0,
    gold_seconds: float = 2.0,
    memory_mb: int = 128,
    think: str = "think",
    tag: str = "answer",
    prefilled: bool = False,
) -> Score:
    """Pay for the right results as `sql` does, and less for a query that comes near; any wrong one stays below.

    The parts and how a preset adds them up: see README.md beside this file.
    """
    options = Options.of(locals())
    task = Task.of(answer, db, dialect, options.limits, options.instances)
    return grade(completion, task, options, str(question or ""), str(schema or ""), rollout).score
