"""The sandbox as a tool: during a rollout the model may run queries before it answers.

A query can read and nothing else, under the limits of the reward; what comes back is bounded, and a query that fails
raises, as every tool does whose call failed. Calls are counted where they stand, in the messages: `tool_calls` gives
them to any reward that pays for few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rewards.errors import BadReference
from rewards.sql.contract import Limits, Result, Table
from rewards.sql.dialect import ENGINES, Untranslatable, known_dialect, translated
from rewards.sql.engines import engine_of
from rewards.sql.engines.base import DatabaseError
from rewards.sql.source import databases

MOST_CHARS = 4000


class QueryError(Exception):
    """What the model is told instead of rows; a tool loop turns it into a message with the key `error`."""


def sql_tool(
    db: Any, dialect: str = "sqlite", *, max_rows: int = 20, max_cell: int = 100, seconds: float = 2.0
) -> Callable[[str], str]:
    """Return a function `sql(query) -> str` that runs a query on the row's database; it raises `QueryError`.

    Its name, annotations and docstring are what chat templates make a JSON schema of.

    Args:
        db: the row's column `db`; of several databases the first is shown. The others stay hidden, so that looking
            at the data does not tell the answer.
        dialect: what queries are written in, and the engine that scripts are built for, as in the rewards.
        max_rows: rows that come back at most.
        max_cell: characters of a value that come back at most.
        seconds: time of one call.

    Raises:
        BadReference: the database cannot be opened.

    Example:
        >>> sql = sql_tool("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2);")
        >>> print(sql("SELECT sum(a) AS total FROM t"))
        total
        3
    """
    named = known_dialect(dialect)
    path = databases(db, named if named in ENGINES else "sqlite")[0]
    limits = Limits(seconds=seconds)
    try:
        engine_of(path, limits)
    except DatabaseError as error:
        raise BadReference(f"the database {error}") from error

    def sql(query: str) -> str:
        """Run one read-only SQL query on the database and return its rows.

        Args:
            query: the query, one SELECT statement.

        Returns:
            The column names and the first rows, or what is wrong with the query.
        """
        engine = engine_of(path, limits)  # of the thread that calls
        try:
            text = translated(str(query), named, engine.dialect)
        except Untranslatable as error:
            raise QueryError(f"the query is {error}"[:MOST_CHARS]) from None
        parts = engine.statements(text)
        if len(parts) != 1:
            raise QueryError(f"write one query; this is {len(parts)}")
        return shown(engine.run(parts[0], seconds), max_rows, max_cell)

    return sql


def shown(result: Result, max_rows: int, max_cell: int) -> str:
    """Return a result as text of at most `MOST_CHARS` characters: names and rows, one a line, cells by ` | `.

    Raises:
        QueryError: the query failed; the message is the engine's.
    """
    if result.table is None:
        raise QueryError((result.message or "the query failed")[:MOST_CHARS])
    lines = [" | ".join(_cell(name, max_cell) for name in result.table.columns)]
    lines += [" | ".join(_cell(cell, max_cell) for cell in row) for row in result.table.rows[:max_rows]]
    text = "\n".join(lines)
    cut = text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + "..."
    return cut + _rest(result.table, max_rows)


def _rest(table: Table, max_rows: int) -> str:
    count = len(table.rows)
    if not count:
        return "\n(no rows)"
    return f"\n({count} rows, the first {max_rows} shown)" if count > max_rows else ""


def _cell(value: Any, most: int) -> str:
    if value is None:
        return "NULL"
    text = f"<{len(value)} bytes>" if isinstance(value, bytes) else " ".join(str(value).split())
    return text if len(text) <= most else f"{text[:most]}..."
