"""Queries in another dialect than the engine's, translated by sqlglot."""

from __future__ import annotations

from rewards.errors import BadReference

ENGINES = ("sqlite", "duckdb")


class Untranslatable(Exception):  # noqa: N818 - it names a state of the query
    """sqlglot cannot read the query; the message says why."""


def known_dialect(name: object) -> str:
    """Return a dialect's name in lower case. Raises `BadReference` if sqlglot does not know it."""
    from sqlglot import Dialect

    text = str(name or "sqlite").lower()
    try:
        Dialect.get_or_raise(text)
    except ValueError as error:
        raise BadReference(f"the column `dialect`: {error}") from error
    return text


def translated(sql: str, dialect: str, engine: str) -> str:
    """Return a query in the engine's dialect; unchanged if it is written in it. Raises `Untranslatable`."""
    if dialect == engine:
        return sql
    from sqlglot import transpile
    from sqlglot.errors import SqlglotError

    try:
        return ";\n".join(transpile(sql, read=dialect, write=engine, comments=False))
    except (SqlglotError, RecursionError, ValueError) as error:
        line = " ".join(str(error).split())
        raise Untranslatable(f"not {dialect} that can be read: {line:.200}") from error
