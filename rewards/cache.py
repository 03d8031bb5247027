"""Scores kept on disk, so that what was judged once is not judged again.

The key is a hash of the reward's reference, the source of its module and of the modules beside it in its folder (of a
package, also below it), its parameters, the sample's arguments, and what the hook `fingerprint_FUNCTION` says of the
files that they name. Only verdicts about the completion are kept (`scored`, `unparsed`): time-outs and faults may be
other tomorrow. The file is SQLite and may be shared by processes. A file that cannot be read or written costs a
warning and is not used; scoring goes on.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import pickle
import sqlite3
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from rewards.contract import Score, Status
from rewards.define import Reward
from rewards.hooks import find_hook

KEPT = (Status.SCORED, Status.UNPARSED)
BUSY_SECONDS = 10.0
ASK = 500
"""Keys looked up in one query."""
SCHEMA = "CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score TEXT NOT NULL) WITHOUT ROWID"

T = TypeVar("T")
Judge = Callable[[Sequence[Mapping[str, Any]]], list[Score]]


class Cache:
    """A file of scores.

    Args:
        path: the SQLite file; made, with its folder, at first use.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser()
        self.hits = self.misses = 0
        self._base: sqlite3.Connection | None = None
        self._owner = 0
        self._broken = False
        self._lock = threading.Lock()

    def run(
        self, spec: Reward, params: Mapping[str, Any], arguments: Sequence[Mapping[str, Any]], judge: Judge
    ) -> list[Score]:
        """Return one score per sample, in order: from the file where it has it, else from `judge`."""
        head = _head(spec, params)
        hook = find_hook(spec, "fingerprint")
        keys = [None if head is None else _key(head, a, hook) for a in arguments]
        known = self._read([key for key in keys if key is not None])
        missing = [i for i, key in enumerate(keys) if key is None or key not in known]
        fresh = dict(zip(missing, judge([arguments[i] for i in missing]), strict=True))
        self.hits += len(arguments) - len(missing)
        self.misses += len(missing)
        kept = [(keys[i], _packed(s)) for i, s in fresh.items() if keys[i] is not None and s.status in KEPT]
        self._write(kept)
        return [fresh[i] if i in fresh else known[key] for i, key in enumerate(keys)]  # type: ignore[index]

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self._lock:
            if self._base is not None and self._owner == os.getpid():
                self._base.close()
            self._base = None

    def _connection(self) -> sqlite3.Connection:
        if self._base is None or self._owner != os.getpid():  # SQLite must not be used across a fork
            self.path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute(SCHEMA)
            base.commit()
            self._base, self._owner = base, os.getpid()
        return self._base

    def _read(self, keys: list[bytes]) -> dict[bytes, Score]:
        def look(base: sqlite3.Connection) -> dict[bytes, Score]:
            found: dict[bytes, Score] = {}
            for at in range(0, len(keys), ASK):
                part = keys[at : at + ASK]
                marks = ",".join("?" * len(part))
                rows = base.execute(f"SELECT key, score FROM scores WHERE key IN ({marks})", part)
                found.update((key, _unpacked(text)) for key, text in rows)
            return found

        return self._safely(look) or {}

    def _write(self, rows: list[tuple[bytes | None, str]]) -> None:
        def store(base: sqlite3.Connection) -> None:
            with base:
                base.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?)", rows)

        if rows:
            self._safely(store)

    def _safely(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            if self._broken:
                return None
            try:
                return work(self._connection())
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                self._broken = True
                warnings.warn(
                    f"the cache of scores {self.path} is not used: {error}. Delete the file to start it anew.",
                    RuntimeWarning,
                    stacklevel=4,
                )
                return None


def _packed(score: Score) -> str:
    return json.dumps([score.value, score.status, dict(score.parts), score.reason, score.seconds])


def _unpacked(text: str) -> Score:
    value, status, parts, reason, seconds = json.loads(text)
    return Score(value, Status(status), parts, reason, seconds)


def _head(spec: Reward, params: Mapping[str, Any]) -> bytes | None:
    """Return what all keys of a reward share; None if its source or parameters have no stable form."""
    source = _source(spec.fn)
    if source is None:
        return None
    try:
        plain = json.dumps(dict(params), sort_keys=True)
    except (TypeError, ValueError):
        return None
    return hashlib.sha256(f"{spec.ref or spec.name}\n{spec.range}\n{plain}\n".encode() + source).digest()


@cache
def _source(fn: Callable[..., Any]) -> bytes | None:
    """Return a digest of the function's module, its neighbours and its package's version.

    A function that closes over variables depends on more than its source, so it has none.
    """
    if getattr(fn, "__closure__", None):
        return None
    try:
        path = Path(inspect.getfile(fn))
        home = path.parent
        package = (home / "__init__.py").is_file()
        files = sorted(home.rglob("*.py") if package else home.glob("*.py"))
        named = ((f.relative_to(home).as_posix(), f.read_bytes()) for f in files)
        digest = hashlib.sha256(b"".join(name.encode() + text for name, text in named))
    except (TypeError, OSError):
        return None
    digest.update(getattr(fn, "__qualname__", "").encode())
    with suppress(PackageNotFoundError, ValueError):  # a file of its own has no version
        digest.update(version(fn.__module__.partition(".")[0]).encode())
    return digest.digest()


def _key(
    head: bytes, arguments: Mapping[str, Any], fingerprint: Callable[..., str] | None = None
) -> bytes | None:
    """Return the key of a sample; None if its arguments have no stable form or name files that are not there."""
    if fingerprint is not None:
        try:
            head += fingerprint(arguments).encode()
        except Exception:  # the reward itself will say what is wrong with it
            return None
    try:
        body = json.dumps(dict(arguments), sort_keys=True).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError):
        try:
            body = pickle.dumps(sorted(arguments.items()))
        except Exception:  # it cannot be sent to a worker either
            return None
    return hashlib.sha256(head + body).digest()
