"""What the column `db` names: database files, `.sql` scripts, or a script's text. Scripts are built once, and kept.

A script in the row itself keeps tiny data sets in one readable file. Scripts are the data's own, not a model's; even so
they can neither attach files nor load extensions.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from rewards.errors import BadReference
from rewards.sql.contract import Limits
from rewards.sql.engines import engine_of
from rewards.sql.engines.base import DatabaseError

SHOWN = 80
DENIED = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
WANTED = "it must name database files or `.sql` scripts, or hold a script's text (CREATE TABLE ...)"


def databases(db: Any, dialect: str = "sqlite") -> tuple[str, ...]:
    """Return the database files of a row.

    Args:
        db: a path, the text of a script that begins with CREATE, or a list of these.
        dialect: the engine that scripts are built for, `sqlite` or `duckdb`.

    Raises:
        BadReference: there is no such file, or a script fails; the message names it.
    """
    entries = _entries(db)
    if not entries:
        raise BadReference(f"the column `db` is an empty list; {WANTED}")
    return tuple(_file(entry, dialect) for entry in entries)


def named_files(db: Any) -> list[Path]:
    """Return the files that a row's `db` names, databases and scripts; a script's text names none."""
    return [_path(entry) for entry in map(os.fspath, _entries(db)) if not _is_script(entry)]


def _entries(db: Any) -> list[Any]:
    return list(db) if isinstance(db, list | tuple) else [db]


def _is_script(entry: str) -> bool:
    return entry.lstrip()[:7].lower() == "create "


def _path(entry: str) -> Path:
    return Path(entry).expanduser()


def check_databases(db: Any, dialect: str = "sqlite") -> None:
    """Open every database of a row and read its schema. Raises `BadReference` naming one that cannot be used."""
    for path in databases(db, dialect):
        try:
            engine_of(path, Limits())
        except DatabaseError as error:
            raise BadReference(f"the database {error}") from error


def _file(entry: Any, dialect: str) -> str:
    if isinstance(entry, os.PathLike):
        entry = os.fspath(entry)
    if not isinstance(entry, str) or not entry.strip():
        raise BadReference(f"the column `db` holds {entry!r:.{SHOWN}}; {WANTED}")
    if _is_script(entry):
        return _built(entry, dialect)
    path = _path(entry)
    try:
        if not path.is_file():
            raise BadReference(f"there is no database {entry:.200} (looked for from {Path.cwd()})")
        return _built(path.read_text(encoding="utf-8"), dialect) if path.suffix == ".sql" else str(path)
    except (OSError, ValueError) as error:
        raise BadReference(f"the database {entry:.200} cannot be read: {error}") from error


def _built(script: str, dialect: str) -> str:
    """Return the database made by a script. Whoever builds it at the same time makes the same file."""
    build = BUILDERS.get(dialect)
    if build is None:
        raise BadReference(f"scripts are built for {', '.join(BUILDERS)}; the dialect is {dialect!r:.40}")
    digest = hashlib.sha256(f"{dialect}\n{script}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    target = scripts_folder() / f"{digest}.{dialect}"
    if not target.is_file():
        fresh = Path(tempfile.mkdtemp(dir=target.parent)) / target.name
        try:
            build(script, fresh)
            os.replace(fresh, target)
        except Exception as error:  # the engines raise kinds of their own
            line = " ".join(str(error).split())
            raise BadReference(f"the script {script.strip():.{SHOWN}} fails: {line}") from error
        finally:
            _clear(fresh)
    return str(target)


def scripts_folder() -> Path:
    """Return the folder of built scripts, below `$REASONERS_CACHE` or `~/.cache/reasoners`."""
    root = Path(os.environ.get("REASONERS_CACHE") or Path.home() / ".cache" / "reasoners").absolute()
    folder = root / "sql" / "scripts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadReference(f"{folder} cannot be written ({error}); set REASONERS_CACHE") from error
    return folder


def _build_sqlite(script: str, target: Path) -> None:
    def authorize(action: int, *_: object) -> int:
        return sqlite3.SQLITE_DENY if action in DENIED else sqlite3.SQLITE_OK

    with closing(sqlite3.connect(target)) as connection:
        connection.set_authorizer(authorize)
        connection.executescript(script)
        connection.commit()


def _build_duckdb(script: str, target: Path) -> None:
    import duckdb

    with closing(duckdb.connect(str(target), config={"enable_external_access": "false"})) as connection:
        connection.execute(script)


BUILDERS: dict[str, Callable[[str, Path], None]] = {"sqlite": _build_sqlite, "duckdb": _build_duckdb}


def _clear(fresh: Path) -> None:
    for path in fresh.parent.iterdir():
        path.unlink()
    fresh.parent.rmdir()
