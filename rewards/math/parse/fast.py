"""The commonest answers, read by one pattern each: numerals and fractions, clock times, lengths of time, dates."""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.math import budget
from rewards.math.parse.numerals import number
from rewards.math.parse.vocabulary import NUMERALS
from rewards.math.tree import Based, Clock, Node, Number, Quantity, Text

_PLAIN = re.compile(r"\s*([+-]?)(\d{1,1500})(\.\d{1,400})?(?:/([1-9]\d{0,400}))?\s*\Z")
_BASED = re.compile(r"([0-9A-Z]{2,60})_\{?(\d\d)\}?\Z")
_ARC = re.compile(
    r"(-?)(\d{1,4}) ?(?:\^ ?\{? ?\\circ ?\}?|\\degree) ?(\d{1,2}(?:\.\d{1,9})?) ?(?:'|\^ ?\{? ?\\prime ?\}?)"
    r"(?: ?(\d{1,2}(?:\.\d{1,9})?) ?'')?\s*\Z"
)
_DATE = re.compile(r"\d{4}-(?:0[1-9]-(?:[0-2]\d|3[01])|1[0-2]-0[1-9])")
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


def spelled(text: str) -> Number | None:
    """Return the number below a million that the whole text spells: `twelve`, `twenty-one`, `two hundred and six`."""
    words = (
        re.sub(r"[\s-]+", " ", _UPRIGHT.sub(r"\1", text)).strip().casefold().split()
        if len(text) < 100
        else []
    )
    total = part = 0
    rest = [1000]  # each word must be below what the one before it left open
    for at, word in enumerate(words):
        if word == "and" and 0 < at < len(words) - 1 and rest[-1] == 100:
            continue
        if word in NUMERALS and NUMERALS[word] < rest[-1] and (NUMERALS[word] or len(words) == 1):
            part += NUMERALS[word]
            rest.append(10 if NUMERALS[word] >= 20 else 0)
        elif word == "hundred" and 0 < part < 10:
            part *= 100
            rest.append(100)
        elif word == "thousand" and part and not total:
            total, part = part * 1000, 0
            rest.append(1000)
        else:
            return None
    return Number(Fraction(total + part)) if words else None


def _digit(sign: str) -> int:
    return int(sign, 36)


def arc(text: str) -> Quantity | None:
    """Return the angle that the whole text is, in degrees: `22^\\circ 30'`."""
    found = _ARC.match(text) if "'" in text and len(text) < 80 else None
    if found is None:
        return None
    sign, degrees, minutes, seconds = found.groups()
    value = Fraction(degrees) + Fraction(minutes) / 60 + Fraction(seconds or 0) / 3600
    return Quantity(Number(-value if sign else value), "degree")


def date(text: str) -> Text | None:
    """Return the date that the whole text is, `2020-05-06`, as words; without a zero in front it is a difference."""
    return Text(text.strip()) if len(text) < 20 and _DATE.fullmatch(text.strip()) else None


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
