"""Engines by the first bytes of the file; open ones are kept, for each thread its own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from rewards.sql.contract import Limits
from rewards.sql.engines.base import DatabaseError, Engine

KEPT = 64
"""Open databases a thread keeps: each takes a file handle and some 100 KiB."""
Stamp = tuple[int, int, int, int]
_open = threading.local()


def engine_of(database: str | Path, limits: Limits, reverse: bool = False) -> Engine:
    """Return the engine of a database file, opened now or before by this thread.

    With `reverse`, rows whose order a query leaves open come in another order.

    Raises:
        DatabaseError: the file is missing, corrupt, or of no known engine.
    """
    path = Path(database)
    key = (str(path), stamp(path), limits, reverse)
    kept: OrderedDict[object, Engine] = _open.__dict__.setdefault("engines", OrderedDict())
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    kept[key] = engine = opened(path, limits, reverse)
    while len(kept) > KEPT:
        kept.popitem(last=False)[1].close()
    return engine


def backwards_of(database: str | Path, limits: Limits) -> Engine | None:
    """Return the engine of the same database read in the opposite order, or None if there is none."""
    from rewards.sql.engines.duckdb_reverse import LARGEST

    try:
        forwards = engine_of(database, limits)
        if forwards.dialect == "duckdb" and stamp(Path(database))[2] > LARGEST:
            return None
        return engine_of(database, limits, reverse=True)
    except DatabaseError:
        return None


def stamp(path: Path) -> Stamp:
    """Return what changes when a file does: device, inode, size and time of change. Raises `DatabaseError`."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise DatabaseError(f"{path}: {error}; name an SQLite or DuckDB file that is there") from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def opened(path: Path, limits: Limits, reverse: bool) -> Engine:
    """Return a new engine of a file, which the caller closes. Raises `DatabaseError` as `engine_of` does."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise DatabaseError(f"{path}: {error}; name an SQLite or DuckDB file that can be read") from None
    if head[8:12] == b"DUCK":
        from rewards.sql.engines.duckdb import DuckdbEngine

        return DuckdbEngine(path, limits, reverse)
    if head == b"SQLite format 3\0" or not head:  # an empty file is an SQLite database without tables
        from rewards.sql.engines.sqlite import SqliteEngine

        return SqliteEngine(path, limits, reverse)
    raise DatabaseError(f"{path}: neither an SQLite nor a DuckDB file")
