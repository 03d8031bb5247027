"""A copy of a DuckDB file in memory with the rows of every table in the opposite order.

DuckDB has no setting that turns the order of reading round, as SQLite has; a reference whose result depends on it gives
itself away on this copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

LARGEST = 4 << 20
"""Bytes of a file that is copied; the references of larger ones are not checked in this way."""
TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'source' AND schema_name = 'main'"
VIEWS = "SELECT sql FROM duckdb_views() WHERE database_name = 'source' AND NOT internal ORDER BY view_oid"


def reversed_copy(module: Any, path: Path, config: Mapping[str, Any]) -> Any:
    """Return a connection to the copy, with external access off again. Raises what DuckDB raises."""
    connection = module.connect(":memory:", config={**config, "enable_external_access": "true"})
    name = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{name}' AS source (READ_ONLY)")
    for (table,) in connection.execute(TABLES).fetchall():
        quoted = '"' + table.replace('"', '""') + '"'
        connection.execute(f"CREATE TABLE {quoted} AS SELECT * FROM source.{quoted} ORDER BY rowid DESC")
    views = connection.execute(VIEWS).fetchall()
    connection.execute("DETACH source")
    for (text,) in views:
        connection.execute(text)
    connection.execute("SET enable_external_access = false")
    return connection
