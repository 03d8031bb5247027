"""Read what an instance must keep: tables, columns, keys, and a few values of each column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["int", "real", "text", "date", "other"]
SAMPLES = 60
"""Values read of each column."""
LOOKED_AT = 2000
"""Rows read of each table to find them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `samples` are distinct values it holds, in the order of the file."""

    name: str
    kind: Kind
    nullable: bool
    samples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: these columns hold values of those of another table."""

    columns: tuple[str, ...]
    table: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table: `unique` lists the keys, primary first, whose values no two rows share."""

    name: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A database without its rows: `definitions` are the statements that make it, tables before views."""

    dialect: str
    tables: tuple[TablePlan, ...]
    definitions: tuple[str, ...]

    def column(self, table: str, name: str) -> Column | None:
        """Return a column by its names in any case."""
        for plan in self.tables:
            if plan.name.casefold() == table.casefold():
                return next((c for c in plan.columns if c.name.casefold() == name.casefold()), None)
        return None


def read_blueprint(database: Path, dialect: str) -> Blueprint:
    """Read a database's blueprint; the file is opened for reading only."""
    if dialect == "duckdb":
        from rewards.sql.instances.blueprint_duckdb import read_duckdb

        return read_duckdb(database)
    uri = f"{database.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        return _sqlite(connection)


def _sqlite(connection: sqlite3.Connection) -> Blueprint:
    listed = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
        "ORDER BY type = 'view', rowid"
    ).fetchall()
    kept = [(kind, name, sql) for kind, name, sql in listed if kind in ("table", "view")]
    plain = [
        name for kind, name, sql in kept if kind == "table" and not sql.upper().startswith("CREATE VIRTUAL")
    ]
    tables = tuple(_table(connection, name) for name in plain)
    return Blueprint(
        "sqlite", tables, tuple(sql for kind, name, sql in kept if kind == "view" or name in plain)
    )


def _table(connection: sqlite3.Connection, name: str) -> TablePlan:
    info = connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    listed = ", ".join(quoted(column[1]) for column in info)
    rows = connection.execute(f"SELECT {listed} FROM {quoted(name)} LIMIT {LOOKED_AT}").fetchall()
    stored = {column[1]: at for at, column in enumerate(info)}
    columns = []
    for _, column, declared, required, _, primary in info:
        values = [row[stored[column]] for row in rows]
        samples = distinct(values)
        kind = kind_of(samples, declared)
        columns.append(Column(column, kind, not required and not primary, samples))
    keys = sorted((column[5], column[1]) for column in info if column[5])
    unique = [tuple(name for _, name in keys)] if keys else []
    return TablePlan(
        name, tuple(columns), (*unique, *_unique(connection, name)), tuple(_links(connection, name))
    )


def _unique(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, ...]]:
    for _, index, is_unique, origin, partial in connection.execute(f"PRAGMA index_list({quoted(table)})"):
        if is_unique and origin == "u" and not partial:
            yield tuple(row[2] for row in connection.execute(f"PRAGMA index_info({quoted(index)})"))


def _links(connection: sqlite3.Connection, table: str) -> Iterator[Link]:
    found: dict[int, list[tuple[int, str, str, str | None]]] = {}
    for number, place, parent, column, target, *_ in connection.execute(
        f"PRAGMA foreign_key_list({quoted(table)})"
    ):
        found.setdefault(number, []).append((place, parent, column, target))
    for parts in found.values():
        parts.sort()
        parent = parts[0][1]
        info = connection.execute(f"PRAGMA table_info({quoted(parent)})").fetchall()
        keys = [name for _, name in sorted((column[5], column[1]) for column in info if column[5])]
        targets = [part[3] or (keys[at] if at < len(keys) else "") for at, part in enumerate(parts)]
        there = {column[1].casefold() for column in info}
        if all(target.casefold() in there for target in targets):  # a key to nowhere binds nobody
            yield Link(tuple(part[2] for part in parts), parent, tuple(targets))


def quoted(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def distinct(values: list[Any]) -> tuple[Any, ...]:
    """Return the first distinct values that are not NULL."""
    return tuple(dict.fromkeys(v for v in values if v is not None))[:SAMPLES]


def kind_of(samples: tuple[Any, ...], declared: str) -> Kind:
    """Return what a column holds: what its values are, or what is declared if it has none."""
    if samples and all(isinstance(v, int) for v in samples):
        return "int"
    if samples and all(isinstance(v, int | float) for v in samples):
        return "real"
    if samples and any(isinstance(v, bytes) for v in samples):
        return "other"
    if samples:
        return "date" if all(is_date(v) for v in samples) else "text"
    words = declared.upper()
    if "INT" in words:
        return "int"
    if any(w in words for w in ("REAL", "FLOA", "DOUB", "DEC", "NUM")):
        return "real"
    return "date" if "DATE" in words or "TIME" in words else "text"


def is_date(value: Any) -> bool:
    """Return whether a value is text that begins with YYYY-MM-DD."""
    return (
        isinstance(value, str) and len(value) >= 10 and value[4] == value[7] == "-" and value[:4].isdecimal()
    )
