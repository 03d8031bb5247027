"""Write an instance as a file of its engine. It appears under its name whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from rewards.sql.contract import Row
from rewards.sql.instances.blueprint import Blueprint, quoted


def write(blueprint: Blueprint, rows: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Make the database `path`; a file that is there is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        if blueprint.dialect == "duckdb":
            _duckdb(blueprint, rows, part)
        else:
            _sqlite(blueprint, rows, part)
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _sqlite(blueprint: Blueprint, rows: Mapping[str, Sequence[Row]], path: Path) -> None:
    memory = sqlite3.connect(":memory:", isolation_level=None)
    with closing(memory), closing(sqlite3.connect(path)) as file:
        for definition in blueprint.definitions:
            memory.execute(definition)
        memory.execute("BEGIN")
        for table, found in rows.items():
            _insert(memory, table, found)
        memory.execute("COMMIT")
        file.execute("PRAGMA synchronous = OFF")
        memory.backup(file)


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert the rows that the table takes: a CHECK may refuse one."""
    if not rows:
        return
    marks = ",".join("?" * len(rows[0]))
    for row in rows:
        with suppress(sqlite3.IntegrityError, OverflowError):
            connection.execute(f"INSERT INTO {quoted(table)} VALUES ({marks})", row)


def _duckdb(blueprint: Blueprint, rows: Mapping[str, Sequence[Row]], path: Path) -> None:
    import duckdb

    with closing(duckdb.connect(str(path), config={"threads": 1})) as connection:
        for definition in blueprint.definitions:
            connection.execute(definition)
        for table, found in rows.items():
            for row in found:
                with suppress(duckdb.Error):  # a CHECK or a cast that the row does not pass
                    marks = ",".join("?" * len(row))
                    connection.execute(f"INSERT INTO {quoted(table)} VALUES ({marks})", row)
