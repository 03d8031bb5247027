"""SQLite: a read-only, immutable connection in which a query can select, and nothing else.

Several walls, since each alone has a hole: the file is opened read-only and immutable (no lock, no journal), an
authorizer allows four actions and a list of functions (`sqlite_rules`), limits bound every value, a progress handler
keeps time and memory, and stand-ins replace the functions that it cannot interrupt (`sqlite_functions`).
See https://www.sqlite.org/security.html.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from rewards.sql.contract import Fault, Limits, Result, Row, Schema, Table
from rewards.sql.engines.base import DatabaseError, Meter, give_back_memory
from rewards.sql.engines.sqlite_functions import Functions
from rewards.sql.engines.sqlite_rules import (
    ACTIONS,
    BROKEN,
    FUNCTIONS,
    LIMITS,
    OTHERS,
    QUERIES,
    READABLE,
    TOO_BIG,
)
from rewards.sql.scan import copies, scanned, statements

STEPS = 100
"""Steps of the virtual machine between two looks at the clock."""
FETCH = 64
UNFOLDED = 1000
"""References that common table expressions may unfold into; a hundred thousand take seconds to prepare."""
NAMES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
SETTINGS = (
    "query_only = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cell_size_check = ON",
    "cache_size = -8000",
)


class SqliteEngine:
    """One SQLite file. With `reverse`, rows whose order the query leaves open come in the opposite one."""

    dialect = "sqlite"

    def __init__(self, path: Path, limits: Limits, reverse: bool = False) -> None:
        self.limits = limits
        self._refused = ""
        self._meter = Meter(limits.memory_mb)
        _check_files(path)
        self._connection = sqlite3.connect(
            _uri(path), uri=True, isolation_level=None, check_same_thread=False
        )
        self._functions = Functions(self._connection, self._meter, limits.value_bytes)
        self._path = path
        self._schema: Schema | None = None
        self._json_made = False
        try:
            self._lock_up(reverse)
        except sqlite3.Error as error:
            self.close()
            raise DatabaseError(f"{path}: {error}; is it a whole SQLite file?") from None

    def _lock_up(self, reverse: bool) -> None:
        """Shut everything that a query has no need of; the authorizer comes last."""
        connection = self._connection
        for setting in (*SETTINGS, f"reverse_unordered_selects = {'ON' if reverse else 'OFF'}"):
            connection.execute(f"PRAGMA {setting}")
        names = connection.execute(NAMES).fetchall()
        limits = {
            sqlite3.SQLITE_LIMIT_LENGTH: self.limits.value_bytes,
            sqlite3.SQLITE_LIMIT_SQL_LENGTH: max(self.limits.sql_chars * 4, 1000),
            **LIMITS,
        }
        for which, value in limits.items():
            connection.setlimit(which, value)
        self._readable = {name.casefold() for (name,) in names} | READABLE
        connection.set_progress_handler(self._meter.over, STEPS)
        connection.set_authorizer(self._authorize)

    def _authorize(
        self, action: int, first: str | None, second: str | None, _db: str | None, _source: str | None
    ) -> int:
        if action == sqlite3.SQLITE_FUNCTION:
            allowed, what = (second or "").casefold() in FUNCTIONS, f"the function {second}"
        elif action == sqlite3.SQLITE_READ:
            # Without a column it is `count(*)`, also of a common table expression, whose name may be any.
            allowed, what = not second or (first or "").casefold() in self._readable, f"the table {first}"
        else:
            allowed, what = action in ACTIONS, "anything but SELECT"
        if not allowed:
            self._refused = what
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def statements(self, sql: str) -> list[str]:
        """Return the statements of a text, without empty ones."""
        return statements(sql)

    def run(self, sql: str, seconds: float) -> Result:
        """Run one query within the limits and `seconds`."""
        result = self._guarded(sql, seconds, prefix="")
        if self._meter.fault:
            give_back_memory()
        return result

    def explain(self, sql: str) -> Result:
        """Prepare one query; nothing of it runs."""
        return self._guarded(sql, self.limits.seconds, prefix="EXPLAIN ")

    def schema(self) -> Schema:
        """Return the tables and views with their columns, read at the first call by a connection of its own."""
        if self._schema is None:
            with closing(sqlite3.connect(_uri(self._path), uri=True)) as connection:
                self._schema = _schema(connection)
        return self._schema

    def close(self) -> None:
        """Let go of the file."""
        self._functions.close()
        self._connection.close()

    def _guarded(self, sql: str, seconds: float, prefix: str) -> Result:
        if problem := self._unfit(sql):
            return problem
        if "json_" in sql.lower():
            self._make_json_tables()
        self._refused, self._functions.fault = "", None
        self._meter.start(seconds)
        try:
            return Result(self._fetched(prefix + sql.lstrip(), keep=not prefix))
        except _Large as error:
            return Result(fault=self._meter.fault or Fault.TOO_BIG, message=str(error))
        except sqlite3.Error as error:
            return self._failed(sql, error, prepared=not prefix)
        except (MemoryError, OverflowError) as error:
            return Result(fault=Fault.TOO_BIG, message=f"{type(error).__name__}: {error}")
        except (ValueError, sqlite3.Warning) as error:  # a lone surrogate, a NUL, a second statement
            return Result(fault=Fault.SYNTAX, message=str(error))

    def _make_json_tables(self) -> None:
        """Use the tables that SQLite makes at their first use, which the authorizer would refuse to a query."""
        if self._json_made:
            return
        self._json_made = True
        self._connection.set_authorizer(None)
        try:
            for table in ("json_each", "json_tree"):
                self._connection.execute(f"SELECT 1 FROM {table}('[]')")
        finally:
            self._connection.set_authorizer(self._authorize)

    def _unfit(self, sql: str) -> Result | None:
        if len(sql) > self.limits.sql_chars:
            return Result(fault=Fault.TOO_BIG, message=f"the query has {len(sql)} characters")
        first = next(scanned(sql), None)
        if first is None:
            return Result(fault=Fault.SYNTAX, message="there is no statement")
        if first.word not in QUERIES:
            fault = Fault.REFUSED if first.word in OTHERS else Fault.SYNTAX
            return Result(
                fault=fault, message=f"a query begins with SELECT, WITH or VALUES, not {first.text!r:.40}"
            )
        if "with" in sql.lower() and copies(sql) > UNFOLDED:
            return Result(fault=Fault.TOO_BIG, message="its common table expressions unfold without end")
        return None

    def _fetched(self, sql: str, keep: bool) -> Table | None:
        cursor = self._connection.execute(sql)
        try:
            if not keep:
                return None
            names = tuple(column[0] for column in cursor.description or ())
            rows: list[Row] = []
            size = 0
            while chunk := cursor.fetchmany(FETCH):
                rows += chunk
                size += sum(len(v) for row in chunk for v in row if isinstance(v, str | bytes))
                self._check(len(rows), len(names), size)
            return Table(names, tuple(rows))
        finally:
            cursor.close()

    def _check(self, rows: int, columns: int, size: int) -> None:
        limits = self.limits
        if rows > limits.rows or rows * columns > limits.cells or size > limits.result_bytes:
            most = f"{limits.rows} rows, {limits.cells} cells, {limits.result_bytes} bytes"
            raise _Large(f"the result is larger than is read: {most}")
        if self._meter.over():
            raise _Large("out of time or memory while its rows were read")

    def _failed(self, sql: str, error: sqlite3.Error, prepared: bool) -> Result:
        message = str(error)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if self._functions.fault:
            fault, message = self._functions.fault, self._functions.message
        elif self._meter.fault:
            fault, message = self._meter.fault, "it ran out of time or memory"
        elif self._refused:
            fault, message = Fault.REFUSED, f"a query may not use {self._refused}"
        elif code in BROKEN:
            fault = Fault.DATABASE
        elif any(words in message for words in TOO_BIG):
            fault = Fault.TOO_BIG
        elif prepared and self.explain(sql).fault is None:
            fault = Fault.RUNTIME
        else:
            fault = Fault.SYNTAX
        return Result(fault=fault, message=message)


class _Large(Exception):  # noqa: N818 - carries one sentence to the result
    """The result is not read to its end."""


def _check_files(path: Path) -> None:
    if not path.is_file():
        raise DatabaseError(f"{path}: there is no such file")
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise DatabaseError(
                f"{path}: {beside.name} holds changes that are not in the file yet; open the database once with "
                "`sqlite3`, run `PRAGMA wal_checkpoint(TRUNCATE)` and close it"
            )


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"


def _schema(connection: sqlite3.Connection) -> Schema:
    found: dict[str, dict[str, str]] = {}
    for (table,) in connection.execute(NAMES).fetchall():
        quoted = '"' + table.replace('"', '""') + '"'
        try:
            columns = connection.execute(f"PRAGMA table_xinfo({quoted})").fetchall()
        except sqlite3.OperationalError:  # a view of a table that is gone
            columns = []
        found[table] = {column[1]: column[2] for column in columns if column[6] != 1}
    return found
