"""DuckDB: a read-only database with external access off and its configuration locked.

The syntax tree that DuckDB itself makes of the text says what a query uses, before it runs (`duckdb_rules`). A timer
interrupts it. DuckDB's memory limit does not hold for single values, so where the process has no other thread its
address space is bounded while a query runs. See https://duckdb.org/docs/stable/operations_manual/securing_duckdb.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from rewards.sql.contract import Fault, Limits, Result, Row, Schema, Table
from rewards.sql.engines.base import STATM, DatabaseError
from rewards.sql.engines.duckdb_reverse import reversed_copy
from rewards.sql.engines.duckdb_rules import objection

FETCH = 256
SPACE = 64
"""MiB of address space that a query may take above its memory: DuckDB's own blocks and threads' stacks."""
COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'main'"
)
PLAIN = (int, float, str, bytes, type(None))


class DuckdbEngine:
    """One DuckDB file. With `reverse`, a copy of it whose rows stand in the opposite order."""

    dialect = "duckdb"

    def __init__(self, path: Path, limits: Limits, reverse: bool = False) -> None:
        try:
            import duckdb
        except ImportError:
            raise DatabaseError(f"{path} is a DuckDB file: install the extra [duckdb] to read it") from None
        self.limits = limits
        self._module = duckdb
        config = {
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": 1,
            "memory_limit": f"{limits.memory_mb}MB",
            "temp_directory": "",
        }
        try:
            if reverse:
                self._connection = reversed_copy(duckdb, path, config)
            else:
                self._connection = duckdb.connect(str(path), read_only=True, config=config)
            self._lock_up()
            self._schema = _schema(self._connection)
            names = self._connection.execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()")
            self._known = {name for (name,) in names.fetchall()}
            self._warm_up()
        except duckdb.Error as error:
            raise DatabaseError(f"{path}: {error}; is it a whole DuckDB file that nobody has open?") from None
        columns = (column for table in self._schema.values() for column in table)
        self._names = {name.lower() for name in (*self._schema, *columns)}

    def _lock_up(self) -> None:
        """Fix the time zone and lock the settings, which all connections of a process to one file share."""
        if self._connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
            return
        with suppress(self._module.Error):  # without the extension of time zones there is none to set
            self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET lock_configuration = true")

    def _warm_up(self) -> None:
        """Reserve what the first query and the first error of a process reserve: none is charged with it later."""
        with self._timed(self.limits.seconds):
            self._connection.execute(
                "SELECT json_serialize_sql('SELECT 1'), count(*) FROM range(5000)"
            ).fetchall()
            with suppress(self._module.Error):
                self._connection.execute("SELECT nothing")

    def statements(self, sql: str) -> list[str]:
        """Return the statements of a text, as DuckDB splits it; a text that it cannot read is one statement."""
        if len(sql) > self.limits.sql_chars:
            return [sql]
        try:
            return [statement.query for statement in self._module.extract_statements(sql)]
        except (self._module.Error, ValueError, TypeError):  # a lone surrogate is a TypeError
            return [sql] if sql.strip() else []

    def run(self, sql: str, seconds: float) -> Result:
        """Run one query within the limits and `seconds`."""
        return self._guarded(sql, seconds, prefix="")

    def explain(self, sql: str) -> Result:
        """Prepare one query; nothing of it runs."""
        return self._guarded(sql, self.limits.seconds, prefix="EXPLAIN ")

    def schema(self) -> Schema:
        """Return the tables and views with their columns."""
        return self._schema

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _guarded(self, sql: str, seconds: float, prefix: str) -> Result:
        if len(sql) > self.limits.sql_chars:
            return Result(fault=Fault.TOO_BIG, message=f"the query has {len(sql)} characters")
        deadline = time.monotonic() + seconds
        alone = threading.active_count() == 1
        try:
            with self._timed(seconds), _bounded(self.limits.memory_mb + SPACE, alone):
                if problem := self._unfit(sql):
                    return problem
                table = self._fetched(prefix + sql, deadline)
                return Result() if prefix else Result(table)
        except _Large as error:
            return Result(fault=Fault.TOO_BIG, message=str(error))
        except (MemoryError, OverflowError) as error:
            return Result(fault=Fault.TOO_BIG, message=f"{type(error).__name__}: {error}")
        except (self._module.Error, RuntimeError, ValueError, TypeError) as error:
            return Result(fault=self._fault(error), message=str(error).partition("\n")[0])

    @contextmanager
    def _timed(self, seconds: float) -> Iterator[None]:
        """Interrupt the connection after some seconds. The timer's thread is gone at the end."""
        stop = threading.Timer(seconds, self._connection.interrupt)
        stop.daemon = True
        stop.start()
        try:
            yield
        finally:
            stop.cancel()
            stop.join()

    def _unfit(self, sql: str) -> Result | None:
        types = [statement.type for statement in self._module.extract_statements(sql)]
        if types != [self._module.StatementType.SELECT]:
            named = ", ".join(t.name for t in types) or "nothing"
            return Result(fault=Fault.REFUSED if types else Fault.SYNTAX, message=f"not one SELECT: {named}")
        tree = self._connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0]
        if tree.startswith('{"error":true'):
            return Result(fault=Fault.REFUSED, message="a query of a kind that cannot be checked")
        why = objection(tree, self._names, self._known)
        return Result(fault=Fault.REFUSED, message=f"a query may not use {why}") if why else None

    def _fetched(self, sql: str, deadline: float) -> Table:
        connection, limits = self._connection, self.limits
        connection.execute(sql)
        names = tuple(column[0] for column in connection.description or ())
        rows: list[Row] = []
        size = 0
        while chunk := connection.fetchmany(FETCH):
            rows += [tuple(map(_plain, row)) for row in chunk]
            size += sum(len(v) for row in rows[-len(chunk) :] for v in row if isinstance(v, str | bytes))
            if len(rows) > limits.rows or len(rows) * len(names) > limits.cells or size > limits.result_bytes:
                most = f"{limits.rows} rows, {limits.cells} cells, {limits.result_bytes} bytes"
                raise _Large(f"the result is larger than is read: {most}")
            if time.monotonic() > deadline:
                raise self._module.InterruptException("out of time while its rows were read")
        return Table(names, tuple(rows))

    def _fault(self, error: Exception) -> Fault:
        module = self._module
        if isinstance(error, module.InterruptException):
            return Fault.TIMEOUT
        if isinstance(error, module.OutOfMemoryException):
            return Fault.TOO_BIG
        if isinstance(error, module.PermissionException):
            return Fault.REFUSED
        if isinstance(error, module.IOException | module.SerializationException):
            return Fault.DATABASE
        wrong = (
            module.ParserException,
            module.BinderException,
            module.CatalogException,
            ValueError,
            TypeError,
        )
        return Fault.SYNTAX if isinstance(error, wrong) else Fault.RUNTIME


class _Large(Exception):  # noqa: N818 - carries one sentence to the result
    """The result is not read to its end."""


@contextmanager
def _bounded(megabytes: int, alone: bool) -> Iterator[None]:
    """Bound the growth of this process's address space, if no thread of another's would be bounded with it."""
    if not alone or not sys.platform.startswith("linux"):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open(STATM, "rb") as stream:
        used = int(stream.read().split()[0]) * resource.getpagesize()
    most = used + (megabytes << 20)
    if before[0] == resource.RLIM_INFINITY or most < before[0]:
        resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _plain(value: Any) -> Any:
    """Return a cell that can be compared and hashed: decimals as numbers, nested values as text."""
    if isinstance(value, PLAIN):
        return "NaN" if value != value else value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | dict | tuple | set):
        return repr(value)
    return value


def _schema(connection: Any) -> Schema:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        COLUMNS + " ORDER BY table_name, ordinal_position"
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found
