"""What an engine is. Another engine is one file with this interface and one line in `rewards.sql.engines`."""

from __future__ import annotations

import ctypes
import os
import time
from contextlib import suppress
from typing import Protocol

from rewards.sql.contract import Fault, Result, Schema

STATM = "/proc/self/statm"
MEMORY_EVERY = 0.002
"""Seconds between two looks at the memory: an engine allocates some 20 MiB in that time at most."""


class Engine(Protocol):
    """One open database in which a query can do nothing but read. Used by one thread at a time.

    No method raises because of a query: what it does wrong is a `Fault` in the result.
    """

    dialect: str
    """The name that sqlglot has for its SQL."""

    def statements(self, sql: str) -> list[str]:
        """Return the statements of a text, without empty ones."""

    def run(self, sql: str, seconds: float) -> Result:
        """Run one statement, which must be a query, within the engine's limits and `seconds`."""

    def explain(self, sql: str) -> Result:
        """Prepare one statement without running it: a result without table or fault says that it can be run."""

    def schema(self) -> Schema:
        """Return the tables and views with their columns and declared types."""

    def close(self) -> None:
        """Let go of the file."""


class DatabaseError(Exception):
    """The database is missing, corrupt or not of this engine; the message names the file and what to do."""


def give_back_memory() -> None:
    """Return to the system what C code has freed: the next query's growth is not added to this one's (glibc only)."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


class Meter:
    """Says when a query has had its time or memory; engines ask it every few steps.

    Memory is the growth of the whole process since the start, so other threads that grow at the same time count too.
    """

    def __init__(self, memory_mb: int) -> None:
        self._page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
        self._allowed = memory_mb << 20
        self._deadline = self._next = 0.0
        self._base = 0
        self.fault: Fault | None = None

    def start(self, seconds: float) -> None:
        """Begin a query."""
        now = time.monotonic()
        self._deadline, self._next = now + seconds, now + MEMORY_EVERY
        self._base = 0
        self.fault = None

    def over(self) -> bool:
        """Return whether the query must stop, and keep why in `fault`."""
        now = time.monotonic()
        if now > self._deadline:
            self.fault = Fault.TIMEOUT
        elif now > self._next:
            self._next = now + MEMORY_EVERY
            used = self._resident()
            self._base = self._base or used  # the first look: short queries never pay for one
            if used - self._base > self._allowed:
                self.fault = Fault.TOO_BIG
        return self.fault is not None

    def left(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._deadline - time.monotonic())

    def _resident(self) -> int:
        with suppress(OSError, ValueError, IndexError), open(STATM, "rb") as stream:
            return int(stream.read().split()[1]) * self._page
        return 0
