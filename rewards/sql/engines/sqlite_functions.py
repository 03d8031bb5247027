"""Stand-ins for the SQLite functions whose time has no bound, or that read the clock.

The progress handler is not called inside a function: `trim` and `replace` take quadratic time, LIKE a polynomial of the
number of its wildcards, `printf('%.*c', 9e8)` counts to 9e8 whatever the limit of length. Each stand-in looks at its
arguments and lets an in-memory connection compute the true result, so meanings stay SQLite's. LIKE and GLOB are matched
here.
"""

from __future__ import annotations

import functools
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from rewards.sql.contract import Fault
from rewards.sql.engines.base import Meter

WORK = 50_000_000
"""Character comparisons one call may take: some hundredths of a second."""
WIDE = 1000
"""Widest field of a printf format."""
FIELD = re.compile(r"%[-+ 0,#!]*(\d*)(?:\.(\d*))?[^%]?")
QUADRATIC = {"instr": 2, "replace": 3, "trim": -1, "ltrim": -1, "rtrim": -1}
"""Functions whose time is the product of their first two arguments, with their number of arguments; -1 = any."""
CLOCKS = ("date", "time", "datetime", "julianday", "strftime", "unixepoch", "timediff")
CLOCK_WORDS = {"now", "subsec", "subsecond"}
ZONE_WORDS = {"localtime", "utc"}
DATES_KEPT = 10_000


class Refuse(Exception):  # noqa: N818 - a signal to the engine, which turns it into a fault
    """Raised inside a function that will not compute this."""


class Functions:
    """The stand-ins of one connection. `fault` and `message` say why one of them stopped the last query, if it did."""

    def __init__(self, connection: sqlite3.Connection, meter: Meter, value_bytes: int) -> None:
        self._meter = meter
        self.fault: Fault | None = None
        self.message = ""
        self._value_bytes = value_bytes
        for name, count in QUADRATIC.items():
            self._put(connection, name, count, self._product)
        for name in ("printf", "format"):
            self._put(connection, name, -1, self._printf)
        for name in CLOCKS:
            self._put(connection, name, -1, self._dated)
        for count in (2, 3):
            connection.create_function("like", count, self._guarded(self._like), deterministic=True)
        connection.create_function("glob", 2, self._guarded(self._glob), deterministic=True)

    def close(self) -> None:
        """Let go of the connection that computes."""
        if "_scratch" in self.__dict__:
            self._scratch.close()

    @functools.cached_property
    def _scratch(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._value_bytes)
        return connection

    def _put(self, connection: sqlite3.Connection, name: str, count: int, make: Callable[..., Any]) -> None:
        if name in _built_in():
            connection.create_function(name, count, self._guarded(make(name)), deterministic=True)

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if self._meter.over():
                raise Refuse
            return function(*args)

        return call

    def _stop(self, fault: Fault, message: str) -> Refuse:
        self.fault, self.message = fault, message
        return Refuse()

    def _native(self, name: str, *args: Any) -> Any:
        marks = ",".join("?" * len(args))
        try:
            return self._scratch.execute(f"SELECT {name}({marks})", args).fetchone()[0]
        except sqlite3.Error as error:
            fault = Fault.TOO_BIG if "too big" in str(error) else Fault.RUNTIME
            raise self._stop(fault, f"{name}: {error}") from None

    def _product(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if _length(args, 0) * _length(args, 1) > WORK:
                raise self._stop(Fault.TOO_BIG, f"{name} of texts this long takes too many steps")
            return self._native(name, *args)

        return call

    def _printf(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            pattern = str(args[0]) if args else ""
            fields = FIELD.findall(pattern)
            if "*" in pattern or any(int(n.lstrip("0")[:9] or 0) > WIDE for field in fields for n in field):
                raise self._stop(
                    Fault.REFUSED, f"{name} with a field wider than {WIDE}, or of a width given by `*`"
                )
            return self._native(name, *args)

        return call

    def _dated(self, name: str) -> Callable[..., Any]:
        @functools.lru_cache(maxsize=DATES_KEPT, typed=True)
        def computed(*args: Any) -> Any:
            return self._native(name, *args)

        values = 1 if name == "strftime" else 0

        def call(*args: Any) -> Any:
            words = {_word(a) for a in args}
            if len(args) <= values or words & CLOCK_WORDS:
                raise self._stop(
                    Fault.REFUSED, f"{name} of the present moment: the answer would change with the clock"
                )
            if words & ZONE_WORDS:
                raise self._stop(
                    Fault.REFUSED,
                    f"{name} in the machine's time zone: the answer would change with the machine",
                )
            return computed(*args)

        return call

    def _like(self, pattern: Any, text: Any, escape: Any = None) -> int | None:
        if escape is not None and (not isinstance(escape, str) or len(escape) != 1):
            raise self._stop(Fault.RUNTIME, "ESCAPE expression must be a single character")
        return self._matched("like", like_pattern, pattern, text, escape)

    def _glob(self, pattern: Any, text: Any) -> int | None:
        return self._matched("glob", glob_pattern, pattern, text)

    def _matched(self, name: str, compiled: Any, pattern: Any, text: Any, *more: Any) -> int | None:
        if pattern is None or text is None:
            return None
        if isinstance(pattern, bytes) or isinstance(text, bytes):
            if _length((pattern, text), 0) * _length((pattern, text), 1) > WORK // 100:
                raise self._stop(Fault.TOO_BIG, f"{name} of texts this long takes too many steps")
            return self._native(name, pattern, text)  # type: ignore[no-any-return]
        pattern, text = self._text(pattern), self._text(text)
        if len(pattern) * len(text) > WORK:
            raise self._stop(Fault.TOO_BIG, f"{name} of texts this long takes too many steps")
        return int(compiled(pattern, *more).match(text) is not None)

    def _text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return str(self._scratch.execute("SELECT CAST(? AS TEXT)", (value,)).fetchone()[0])


@functools.cache
def _built_in() -> frozenset[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        return frozenset(name for (name,) in connection.execute("SELECT name FROM pragma_function_list"))


def _word(value: Any) -> str:
    """Return the word that a date function reads in a value: blobs are text to it, and NUL ends one."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.partition("\0")[0].strip().lower()


def _length(args: tuple[Any, ...], at: int) -> int:
    if at >= len(args):
        return 1
    return len(args[at]) if isinstance(args[at], str | bytes) else 32


@functools.lru_cache(maxsize=1000)
def like_pattern(pattern: str, escape: str | None = None) -> re.Pattern[str]:
    """Return a regex for a LIKE pattern: letters of ASCII in either case, `%` any run, `_` one character.

    Every run between two `%` is an atomic group found at its first place: no backtracking, so at most the product of
    both lengths.
    """
    runs: list[list[str]] = [[]]
    characters = iter(pattern)
    for c in characters:
        if c == escape:
            following = next(characters, None)
            runs[-1].append(r"(?!)" if following is None else re.escape(following))
        elif c == "%":
            runs.append([])
        else:
            runs[-1].append("." if c == "_" else re.escape(c))
    return _anchored(runs, re.IGNORECASE | re.ASCII | re.DOTALL)


@functools.lru_cache(maxsize=1000)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """Return a regex for a GLOB pattern: `*` any run, `?` one character, `[a-c]` and `[^a-c]` one of a set."""
    runs: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        c = pattern[at]
        if c == "*":
            runs.append([])
        elif c == "[":
            at, item = _set(pattern, at)
            runs[-1].append(item)
        else:
            runs[-1].append("." if c == "?" else re.escape(c))
        at += 1
    return _anchored(runs, re.DOTALL)


def _set(pattern: str, at: int) -> tuple[int, str]:
    """Return the place of the closing bracket and the regex of the set that opens at `at`; unclosed matches nothing."""
    start = at + 1 + (pattern[at + 1 : at + 2] == "^")
    end = pattern.find("]", start + 1)
    if end < 0:
        return len(pattern), r"(?!)"
    body = pattern[start:end]
    escaped = "".join("-" if c == "-" and 0 < i < len(body) - 1 else re.escape(c) for i, c in enumerate(body))
    ranges = re.findall(r"([^\\]|\\.)-([^\\]|\\.)", escaped)
    if any(low[-1] > high[-1] for low, high in ranges):
        return end, r"(?!)"
    return end, f"[{'^' if start > at + 1 else ''}{escaped}]"


def _anchored(runs: list[list[str]], flags: int) -> re.Pattern[str]:
    first, *middle, last = ["".join(run) for run in runs] if len(runs) > 1 else ("".join(runs[0]), "")
    if len(runs) == 1:
        return re.compile(first + r"\Z", flags)
    found = "".join(f"(?>.*?{run})" for run in middle if run)
    ending = rf"(?=.{{{len(runs[-1])}}}).*\Z(?<={last})" if last else ""
    return re.compile(first + found + ending, flags)
