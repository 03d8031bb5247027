"""Read one number, exactly, from a short phrase. Total: bounded digits, no pattern that backtracks far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

Percent = Literal["refuse", "drop", "hundredth"]
MAX_CHARS = 400
"""A longer phrase is no number: long integers cost quadratic time, and no reference is this long."""

# Only characters that mean the same number are mapped. NFKC would be wrong: it turns 10 squared into 102.
SAME = str.maketrans(
    {
        **{chr(0xFF10 + d): str(d) for d in range(10)},
        **dict.fromkeys("\u2212\uff0d\ufe63\u2010\u2011", "-"),
        "\uff0b": "+",
        "\uff0c": ",",
        "\uff0e": ".",
        "\u2044": "/",
        "\u2215": "/",
        "\uff05": "%",
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        **dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", ""),  # no width, no meaning
    }
)
GROUPED = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"
WHOLE = rf"(?:{GROUPED}|[0-9]+)"
NUMBER = re.compile(
    rf"(?P<sign>[+-]?) ?(?:(?P<top>{WHOLE}) ?/ ?(?P<bottom>{WHOLE})"
    rf"|(?P<body>{WHOLE}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?P<power>[+-]?[0-9]{{1,3}}))?)"
)
PLAIN = re.compile(r"[+-]?[0-9]+")
LATEX_FRACTION = re.compile(r"([+-]?) ?\\[dt]?frac ?\{ ?([+-]?[0-9]+) ?\} ?\{ ?([0-9]+) ?\}")
WRAPPERS = (
    ("**", "**"),
    ("__", "__"),
    ("`", "`"),
    ('"', '"'),
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    ("$$", "$$"),
    ("$", "$"),
)
CURRENCY = "$€£¥₹"


def parse_number(text: str, percent: Percent = "refuse", units: Sequence[str] = ()) -> Fraction | None:
    """Return the number that the whole of `text` is, or None.

    Integers, decimals, 1e5, thousands in commas (1,234 but not 1,23), a/b, signs. Emphasis, `$...$`, a
    currency sign, a trailing full stop and the given units are dropped. A percent sign is refused, dropped or
    read as hundredths.
    """
    text = text.strip()
    if len(text) < MAX_CHARS and PLAIN.fullmatch(text):  # what most answers are
        return Fraction(int(text))
    text = text.translate(SAME)
    if len(text) > MAX_CHARS:
        return None
    text = _unwrapped(text.strip())
    for unit in units:
        if unit and text.casefold().endswith(unit.casefold()):
            text = text[: -len(unit)].rstrip()
            break
    scale = Fraction(1)
    if text.endswith("%"):
        if percent == "refuse":
            return None
        text = text[:-1].removesuffix("\\").rstrip()
        scale = Fraction(1, 100 if percent == "hundredth" else 1)
    value = _value(_without_currency(text))
    return None if value is None else value * scale


def _unwrapped(text: str) -> str:
    text = text.removesuffix(".").rstrip()
    for _ in range(len(WRAPPERS)):
        inner = next((text[len(a) : -len(b)] for a, b in WRAPPERS if _wraps(text, a, b)), None)
        if inner is None:
            break
        text = inner.strip().removesuffix(".").rstrip()
    return text.replace("{,}", ",").replace("\\!", "").replace("\\%", "%").replace("\\$", "$")


def _wraps(text: str, left: str, right: str) -> bool:
    return len(text) > len(left) + len(right) and text.startswith(left) and text.endswith(right)


def _without_currency(text: str) -> str:
    sign = text[:1] if text[:1] in ("-", "+") else ""
    rest = text[len(sign) :].lstrip()
    if rest[:1] and rest[0] in CURRENCY:
        return sign + rest[1:].lstrip()
    return text[:-1].rstrip() if text[-1:] and text[-1] in CURRENCY else text


def _value(text: str) -> Fraction | None:
    latex = LATEX_FRACTION.fullmatch(text)
    if latex is not None:
        sign, top, bottom = latex.groups()
        return _ratio(-1 if sign == "-" else 1, int(top), int(bottom))
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    if match["top"]:
        return _ratio(sign, *(int(match[k].replace(",", "")) for k in ("top", "bottom")))
    whole, _, decimals = match["body"].replace(",", "").partition(".")
    power = int(match["power"] or 0) - len(decimals)
    return sign * int(whole + decimals) * Fraction(10) ** power


def _ratio(sign: int, top: int, bottom: int) -> Fraction | None:
    return Fraction(sign * top, bottom) if bottom else None
