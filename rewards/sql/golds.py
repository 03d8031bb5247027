"""Answers of golds, kept by (database, gold): a gold runs once for each database, whatever the completions."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from rewards.sql.answer import Answer, answer_of
from rewards.sql.contract import Fault, Limits, Result
from rewards.sql.engines import Stamp, backwards_of, stamp
from rewards.sql.engines.base import DatabaseError, Engine

KEPT_CELLS = 2_000_000
"""Cells of all kept answers together: some 100 MiB."""
WHOLE = 256 << 20
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold on one database: its answer, or the result that says why there is none."""

    answer: Answer | None
    failed: Result | None = None


class GoldCache:
    """The answers that a process keeps; the oldest go first. Usable from many threads."""

    def __init__(self, cells: int = KEPT_CELLS) -> None:
        self._most = cells
        self._cells = 0
        self._kept: OrderedDict[object, tuple[Gold, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, gold: str, database: Path, engine: Engine, limits: Limits) -> Gold:
        """Return the gold's answer on a database, run now or kept from before."""
        key = (fingerprint(database), gold, limits)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        found = _run(gold, database, engine, limits)
        self._keep(key, found)
        return found

    def _keep(self, key: object, gold: Gold) -> None:
        answer = gold.answer
        blocks = () if answer is None else (*answer.blocks, *answer.other)
        size = 10 + sum(len(b.rows) * max(1, len(b.rows[0]) if b.rows else 1) for b in blocks)
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = gold, size
            self._cells += size
            while self._cells > self._most and len(self._kept) > 1:
                self._cells -= self._kept.popitem(last=False)[1][1]


def _run(gold: str, database: Path, engine: Engine, limits: Limits) -> Gold:
    parts = engine.statements(gold)
    if len(parts) != 1:
        message = f"it holds {len(parts)} statements; a gold is one query"
        return Gold(None, Result(fault=Fault.SYNTAX, message=message))
    found = answer_of(parts[0], engine, backwards_of(database, limits), limits)
    return Gold(found) if isinstance(found, Answer) else Gold(None, found)


_fingerprints: dict[tuple[str, Stamp], str] = {}


def fingerprint(database: Path) -> str:
    """Return the SHA-256 of a database's content; of a file above 256 MiB, of its size, time and 256 pieces of it.

    Raises:
        DatabaseError: the file cannot be read.
    """
    key = str(database), stamp(database)
    if key not in _fingerprints:
        _fingerprints[key] = _hashed(database, key[1])
    return _fingerprints[key]


def _hashed(database: Path, stamped: Stamp) -> str:
    digest = hashlib.sha256()
    size = stamped[2]
    try:
        with database.open("rb") as stream:
            if size <= WHOLE:
                while piece := stream.read(PIECE):
                    digest.update(piece)
                return digest.hexdigest()
            digest.update(repr(stamped[2:]).encode())
            for at in range(0, size, -(-size // 256)):
                stream.seek(at)
                digest.update(stream.read(PIECE >> 4))
    except OSError as error:
        raise DatabaseError(f"{database}: {error}; name a file that can be read") from None
    return digest.hexdigest()
