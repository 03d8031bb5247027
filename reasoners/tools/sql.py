"""The tool `sql`: one read-only query, on the row's own database or on one that the config names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reasoners.tools.rows import checks_rows
from rewards.sql.tool import sql_tool as on_database


def sql_tool(
    db: Any = None, dialect: str = "sqlite", max_rows: int = 20, max_cell: int = 100, seconds: float = 2.0
) -> Callable[..., str]:
    """Return the tool.

    Args:
        db: one database for all rows; None: each row's column `db`, of several databases the first.
        dialect: what queries are written in and scripts built for; a row's column `dialect` goes before.
        max_rows: rows that come back at most.
        max_cell: characters of a value that come back at most.
        seconds: time of one call.

    Raises:
        BadReference: the database cannot be opened.
    """
    limits: dict[str, Any] = {"max_rows": max_rows, "max_cell": max_cell, "seconds": seconds}
    if db is not None:
        return on_database(db, dialect, **limits)
    usual = dialect

    def check(row: Mapping[str, Any]) -> None:
        on_database(row["db"], row.get("dialect") or usual)

    @checks_rows(check)
    def sql(query: str, *, db: Any, dialect: Any = usual) -> str:
        return on_database(db, dialect, **limits)(query)

    sql.__doc__ = SEEN
    return sql


SEEN = """Run one read-only SQL query on the database and return its rows.

Args:
    query: the query, one SELECT statement.

Returns:
    The column names and the first rows, or what is wrong with the query.
"""
