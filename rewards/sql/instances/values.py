"""Values for a column: the gold's constants, near misses of them, what the database holds, and others of the kind."""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Sequence
from typing import Any

from rewards.sql.instances.blueprint import Column, Kind, is_date
from rewards.sql.instances.hints import number

SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "vu", "ze")
NUMERAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def pool(column: Column, constants: Sequence[Any], size: int, rng: random.Random) -> list[Any]:
    """Return about `size` distinct values for a column, the constants that fit and their near misses among them."""
    fitting, near = decisive(column, constants)
    own = list(column.samples)
    rng.shuffle(near)
    rng.shuffle(own)
    empty = [""] if column.kind == "text" and column.nullable else []
    chosen = [*fitting[:6], *near[: max(2, size // 2)], *own[: max(1, size // 2)], *empty]
    chosen = list(dict.fromkeys(chosen))
    while len(chosen) < size:
        value = fresh(column, rng)
        if value not in chosen:
            chosen.append(value)
        elif column.kind == "other":
            break
    return chosen


def decisive(column: Column, constants: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the constants as values of the column, those that fit, and what nearly misses them."""
    fitting = [v for v in (fitted(c, column) for c in constants) if v is not None]
    near = [v for c in fitting for v in near_misses(c, column.kind)]
    if column.kind == "date":
        near += [v for c in constants for v in edges(str(c), _clock(column))]
    return fitting, near


def fitted(constant: Any, column: Column) -> Any:
    """Return a constant as a value of the column, or None if it cannot be one."""
    if column.kind in ("int", "real"):
        value = number(constant.strip()) if isinstance(constant, str) else constant
        if column.kind == "int" and isinstance(value, float):
            return int(value)
        return value
    if column.kind == "other":
        return None
    text = str(constant)
    if column.kind == "date":
        return _dated(text, column)
    return text.replace("%", "").replace("_", "x") or None


def _dated(text: str, column: Column) -> str | None:
    text = text.replace("%", "")
    if is_date(text):
        return text
    if re.fullmatch(r"\d{4}", text):
        return f"{text}-06-15" + _clock(column)
    return f"{text}-15{_clock(column)}" if re.fullmatch(r"\d{4}-\d\d", text) else None


def _clock(column: Column) -> str:
    return next((" 08:30:00" for sample in column.samples if len(str(sample)) > 10), "")


def edges(text: str, clock: str) -> list[str]:
    """Return the first and the last day of a year or a month, and the days outside that are next to them."""
    text = text.replace("%", "").strip("-")
    if not re.fullmatch(r"\d{4}(-\d\d)?", text):
        return []
    try:
        first = datetime.date.fromisoformat(f"{text}-01" if len(text) > 4 else f"{text}-01-01")
        after = (first + datetime.timedelta(31 if len(text) > 4 else 366)).replace(day=1)
        one = datetime.timedelta(1)
        days = (first, after - one, first - one, after)
    except (ValueError, OverflowError):
        return []
    return [day.isoformat() + clock for day in days]


def near_misses(value: Any, kind: Kind) -> list[Any]:
    """Return values that a wrong comparison with `value` would take, or would miss."""
    if isinstance(value, int) and kind in ("int", "real"):
        return [value + 1, value - 1, value * 2 + 3, value // 2]
    if isinstance(value, int | float) and abs(value) < 1e15:
        places = len(repr(float(value)).partition(".")[2])
        step = 10.0**-places
        return [
            round(v, places)
            for v in (value + step, value - step, value + 1, value - 1, value * 1.5, value / 2)
        ]
    if isinstance(value, int | float):
        return [value * 1.5, value / 2]
    text = str(value)
    if kind == "date" and is_date(text):
        return [shifted(text, days) for days in (1, -1, 366, -365)]
    if NUMERAL.fullmatch(text):
        whole = int(float(text))
        return [str(whole + 1), str(whole - 1), str(whole * 2 + 3)]
    found = [f"{text} b", f"a {text}", f"a {text} b", text[:-1] or "q", text.swapcase()]
    return [value for value in found if value != text]


def shifted(text: str, days: int) -> str:
    """Return a date so many days later, with what follows the day unchanged."""
    try:
        day = datetime.date.fromisoformat(text[:10]) + datetime.timedelta(days)
    except (ValueError, OverflowError):
        return text
    return day.isoformat() + text[10:]


def fresh(column: Column, rng: random.Random) -> Any:
    """Return a value of the column's kind, near those that it holds."""
    samples = column.samples
    if column.kind == "int":
        top = max([int(v) for v in samples], default=40)
        return rng.randint(1, max(40, min(top * 2, 2**53)))
    if column.kind == "real":
        most = max([float(v) for v in samples], default=100.0)
        return round(rng.uniform(0.5, max(10.0, min(most * 2, 1e12))), 2)
    if column.kind == "date":
        base = str(rng.choice(samples)) if samples else "2015-06-15"
        return shifted(base, rng.randint(-900, 900))
    if column.kind == "other":
        return rng.choice(samples) if samples else None
    if samples and all(NUMERAL.fullmatch(str(v)) for v in samples):
        return str(rng.randint(1, 2 * int(max(abs(float(v)) for v in samples)) + 10))
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3)))
