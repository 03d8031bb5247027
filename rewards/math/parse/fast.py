"""The commonest answers, read by one pattern each: numerals and fractions, clock times, lengths of time."""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.math import budget
from rewards.math.parse.numerals import number
from rewards.math.tree import Based, Clock, Node, Number

_PLAIN = re.compile(r"\s*([+-]?)(\d{1,1500})(\.\d{1,400})?(?:/([1-9]\d{0,400}))?\s*\Z")
_BASED = re.compile(r"([0-9A-Z]{2,60})_\{?(\d\d)\}?\Z")
_UPRIGHT = re.compile(r"\\(?:text|mathrm|textrm)\{([^{}]*)\}")
_TIME = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d))?(?:(?:\\?[ ,~])*([ap])\.?\s?m\.?\s*)?\Z", re.I)
_SPAN = re.compile(
    r"(\d{1,6})\s*(?:hours?|hrs?|h)(?:,|\\,|~|\s|and)*(\d{1,6})\s*(?:minutes?|mins?|m)(?:(?:,|\\,|~|\s|and)*(\d{1,6})\s*(?:seconds?|secs?|s))?\Z",
    re.I,
)


def plain_number(text: str) -> Number | None:
    """Return the number that the whole text is, if it is digits with a sign, a point or a slash."""
    found = _PLAIN.match(text)
    if found is None:
        return None
    sign, whole, decimals, below = found.groups()
    if decimals is None and below is None:
        value = int(whole)
        return Number(Fraction(-value if sign == "-" else value))
    if decimals is not None and below is not None:
        return None
    if len(whole) > budget.MAX_DIGITS:
        return None
    if below is not None:
        value = int(whole)
        return Number(Fraction(-value if sign == "-" else value, int(below)))
    read = number(whole + (decimals or ""))
    return Number(-read.value, read.places) if sign == "-" else read


def based(text: str) -> Based | None:
    """Return the numeral in a base over ten that the whole text is: `1A_{16}`, `FF_16`."""
    found = _BASED.match(text) if len(text) < 100 else None
    if found is None:
        return None
    digits, base = found[1], int(found[2])
    mixed = any(sign.isdigit() for sign in digits) or base == 16
    if not 11 <= base <= 36 or digits.isdigit() or not mixed or max(map(_digit, digits)) >= base:
        return None
    return Based(int(digits, base), base)


def _digit(sign: str) -> int:
    return int(sign, 36)


def clock(text: str) -> Node | None:
    """Return the time of day or the length of time that the whole text is.

    `12:00`, `1:30`, `1:02:03`, `7:42 pm`, `2h 30min`. Two numbers with a colon are a time only if the second has two
    digits and begins with 0 or is 15, 30 or 45, or if am or pm follows: all others are ratios.
    """
    if not (text[:1].isdigit() or text.startswith("\\")) or len(text) > 80:
        return None
    text = _UPRIGHT.sub(r"\1", text)
    span = _SPAN.match(text)
    if span is not None:
        hours, minutes, seconds = (int(part or 0) for part in span.groups())
        return Clock(hours * 3600 + minutes * 60 + seconds)
    found = _TIME.match(text)
    if found is None:
        return None
    hour, minute, second, half = found.groups()
    if half is None and (minute is None or not _timely(minute, second)):
        return None
    if int(hour) > 24 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    seconds = int(hour) * 3600 + int(minute or 0) * 60 + int(second or 0)
    return Clock(seconds, "" if half is None else "am" if half in "aA" else "pm")


def _timely(minute: str, second: str | None) -> bool:
    return second is not None or minute[0] == "0" or minute in ("15", "30", "45")
