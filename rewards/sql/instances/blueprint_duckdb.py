"""Read a DuckDB database's blueprint from its catalogue."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from rewards.sql.instances.blueprint import (
    LOOKED_AT,
    Blueprint,
    Column,
    Kind,
    Link,
    TablePlan,
    distinct,
    kind_of,
    quoted,
)
from rewards.sql.instances.fill import in_order

TABLES = "SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal ORDER BY table_oid"
VIEWS = "SELECT sql FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal ORDER BY view_oid"
COLUMNS = "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
KEYS = (
    "SELECT constraint_type, constraint_column_names, referenced_table, referenced_column_names "
    "FROM duckdb_constraints() WHERE table_name = ? AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')"
)


def read_duckdb(database: Path) -> Blueprint:
    """Return the blueprint; the file is opened for reading only."""
    import duckdb

    # As the engine opens it: DuckDB refuses a second connection of a process with another configuration.
    with closing(duckdb.connect(":memory:")) as connection:
        escaped = str(database).replace("'", "''")
        connection.execute(f"ATTACH '{escaped}' AS source (READ_ONLY)")
        connection.execute("USE source")
        listed = connection.execute(TABLES.replace("WHERE", "WHERE database_name = 'source' AND")).fetchall()
        views = connection.execute(VIEWS.replace("WHERE", "WHERE database_name = 'source' AND")).fetchall()
        tables = tuple(_table(connection, name) for name, _ in listed)
    made_by = dict(listed)
    definitions = [
        made_by[table.name] for table in in_order(tables)
    ]  # the catalogue's order is not always theirs
    return Blueprint("duckdb", tables, (*definitions, *(sql for (sql,) in views)))


def _table(connection: Any, name: str) -> TablePlan:
    info = connection.execute(COLUMNS, [name]).fetchall()
    rows = connection.execute(f"SELECT * FROM {quoted(name)} LIMIT {LOOKED_AT}").fetchall()
    columns = []
    for at, (column, declared, nullable) in enumerate(info):
        samples = distinct([_stored(row[at]) for row in rows])
        columns.append(Column(column, _kind(samples, declared), bool(nullable), samples))
    keys = connection.execute(KEYS, [name]).fetchall()
    unique = sorted(
        (kind != "PRIMARY KEY", tuple(names)) for kind, names, *_ in keys if kind != "FOREIGN KEY"
    )
    links = [Link(tuple(names), to, tuple(there)) for kind, names, to, there in keys if kind == "FOREIGN KEY"]
    return TablePlan(name, tuple(columns), tuple(names for _, names in unique), tuple(links))


def _stored(value: Any) -> Any:
    """Return a value that the maker can draw near: dates as text, which DuckDB casts back."""
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | float | str | bytes | None) else str(value)


def _kind(samples: tuple[Any, ...], declared: str) -> Kind:
    if declared == "BOOLEAN" or (declared.endswith(("]", ")")) and not declared.startswith("DECIMAL")):
        return "other"
    return kind_of(samples, declared)
