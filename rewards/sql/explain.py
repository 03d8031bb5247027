"""Say how a query was found, run and compared, and which names in it the database does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rewards.contract import Rollout
from rewards.explain import Explanation, span_of
from rewards.sql.contract import Execution, Verdict
from rewards.sql.extract import find_query
from rewards.sql.grade import Grade, Options, Task, grade
from rewards.sql.parts.names import names_of
from rewards.sql.presets import RESULTS_ONLY

RULES = {
    Verdict.MATCH: "Both queries return the same on every database",
    Verdict.MISMATCH: "The query returns something else",
    Verdict.EMPTY: "Neither query returns a row, which shows nothing",
    Verdict.FAILED: "The engine does not run the query",
    Verdict.REFUSED: "The query asks for what no query may do",
    Verdict.TIMEOUT: "The query ran out of time or memory",
}


def explain_sql(
    completion: str,
    answer: Any,
    db: Any,
    rollout: Rollout,
    dialect: str = "sqlite",
    schema: str = "",
    question: str = "",
    **params: Any,
) -> Explanation:
    """Explain one completion; the arguments are those of `sql`, or of `sql_partial`."""
    options = Options.of({**params, "judge": ""})  # it has been asked already, for the score
    task = Task.of(answer, db, dialect, options.limits, options.instances)
    found = grade(completion, task, options, question, schema, rollout)
    return Explanation(
        span=span_of(lambda text: find_query(text, options.tag, options.prefilled).sql, completion),
        read_gold=task.gold,
        read_prediction=found.sql or None,
        rule=_rule(found),
        lines=(*_databases(found.execution), *_names(found, task)),
        would_pay=_forms(task.gold, options),
        prefilled=options.prefilled,
    )


explain_sql_partial = explain_sql


def _rule(found: Grade) -> str:
    if found.found is None:
        return f"No query was found: {found.score.reason}."
    return f"{RULES[found.execution.verdict]}: {found.execution.reason}."


def _databases(execution: Execution) -> Iterator[str]:
    if len(execution.instances) > 1:
        for instance in execution.instances:
            yield f"{instance.database}: {instance.verdict.value}, {instance.reason}"


def _names(found: Grade, task: Task) -> Iterator[str]:
    """Yield what the query names and the database does not have."""
    if found.found is None:
        return
    known = task.engine.schema()
    names = names_of(found.sql, known, task.engine.dialect)
    if names is None:
        return
    if names.unknown_tables:
        yield f"tables that do not exist: {', '.join(names.unknown_tables)} (there are: {', '.join(known)})"
    if names.unknown_columns:
        yield f"columns that none of their tables has: {', '.join(names.unknown_columns)}"
    if names.texts:
        yield f"double-quoted, but no column, so SQLite takes them for texts: {', '.join(names.texts)}"


def _forms(gold: str, options: Options) -> tuple[str, ...]:
    fenced = f"```sql\n{gold}\n```"
    tagged = f"<{options.think}>\nreasoning\n</{options.think}>\n<{options.tag}>\n{fenced}\n</{options.tag}>"
    return (fenced, tagged) if options.preset in RESULTS_ONLY else (tagged, fenced)
