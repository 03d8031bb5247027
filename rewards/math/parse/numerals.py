r"""Numerals: thousands separators, decimal points and commas, repeating decimals, powers of ten.

`1,234`  `10{,}000`  `11,\! 111`  `1 000`  `1\,000`  `1.234.567`  are integers;
`1{,}5` and `1.234,5` have decimal commas; `0.\overline{3}`, `0.0\dot{3}` and `0.(3)` repeat;
`1.5e3`, `2e+05` and `1e5` are powers of ten, but `2e-3` is 2 e - 3.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from rewards.math import budget
from rewards.math.tree import Number
from rewards.math.verdict import OverBudget

_SEPARATOR: Final = r"(?:\{,\}(?:\\!)?|,\\! ?|\\[,;: ]|,| (?=\d{3}(?!\d))|\u202f)"
_REPEATED: Final = r"\\overline\{\d+\}|\\overline\d|\\bar\{\d+\}|\\dot\{?\d\}?(?:\d*\\dot\{?\d\}?)?|\(\d+\)"
PATTERN: Final = (
    rf"(?P<euro>\d{{1,3}}(?:\.\d{{3}})+(?:,\d{{1,2}}(?!\d)|(?<=\.\d{{3}}\.\d{{3}})(?![\d.,])))"
    rf"|(?P<grouped>\d{{1,3}}(?P<sep>{_SEPARATOR})\d{{3}}(?:(?P=sep)\d{{3}}){{0,40}}(?!\d)(?:\.\d+)?)"
    r"|(?P<comma>\d+\{,\}\d+)"
    rf"|(?P<repeating>\d*\.\d*(?:{_REPEATED}))"
    r"|(?P<plain>\d+(?:\.\d+|\.(?= ?[-+*/^)]))?|\.\d+)(?P<exp>[eE][+-]?\d+(?![\w.]))?"
)
_DIGITS = re.compile(r"\d+")


def number(text: str) -> Number:
    """Read digits with at most one point.

    Raises:
        OverBudget: more digits than the budget has.
    """
    if len(text) > budget.MAX_DIGITS:
        raise OverBudget(f"a numeral has more than {budget.MAX_DIGITS} digits")
    whole, point, decimals = text.partition(".")
    value = int(whole + decimals or "0")
    if not point or not decimals:
        return Number(Fraction(value))
    return Number(Fraction(value, 10 ** len(decimals)), len(decimals))


def numeral(found: re.Match[str], plain: bool, listed: bool, sub: bool) -> tuple[Number, int]:
    """Read what `PATTERN` matched; return the number and how many characters it takes of the match.

    Args:
        found: the match.
        plain: whether the text has no LaTeX, so that `1.5e-3` can be a power of ten.
        listed: whether commas part items here, as they do in brackets.
        sub: whether it stands right after `_` or `^`, where no separator is one.
    """
    raw = found[0]
    if found["grouped"] is not None:
        if raw.startswith("0") or sub or (found["sep"] == "," and (listed or _in_list(found))):
            first = _DIGITS.match(raw)
            assert first is not None
            return number(first[0]), first.end()
        return number(raw.replace(found["sep"], "")), len(raw)
    if found["euro"] is not None:
        return number(raw.replace(".", "").replace(",", ".")), len(raw)
    if found["comma"] is not None:
        return number(raw.replace("{,}", ".")), len(raw)
    if found["repeating"] is not None:
        return _repeating(raw), len(raw)
    return _scientific(found, plain)


def _in_list(found: re.Match[str]) -> bool:
    """Whether tight commas part more than groups of three: `1,7,103` and `1,234,5` are lists."""
    text, end = found.string, found.end()
    before = text[found.start() - 1] if found.start() else ""
    return before == "," or (text[end : end + 1] == "," and text[end + 1 : end + 2].isdigit())


def _repeating(raw: str) -> Number:
    if len(raw) > budget.MAX_DIGITS:
        raise OverBudget(f"a numeral has more than {budget.MAX_DIGITS} digits")
    whole, _, rest = raw.partition(".")
    fixed = _DIGITS.match(rest)
    head = fixed[0] if fixed else ""
    cycle = "".join(_DIGITS.findall(rest[len(head) :]))
    low = int(whole + head or "0")
    value = Fraction(low) + Fraction(int(cycle), 10 ** len(cycle) - 1)
    return Number(value / 10 ** len(head))


def continued(read: Number, text: str) -> Number:
    """Read `0.333...`: the same digit three times before the dots repeats; other digits stand as written."""
    last = text[-1]
    if read.places is None or not text.endswith(last * 3, text.index(".") + 1):
        return read
    fixed = text.rstrip(last)
    fixed = fixed if "." in fixed else text[: text.index(".") + 1]
    return _repeating(f"{fixed}({last})")


def _scientific(found: re.Match[str], plain: bool) -> tuple[Number, int]:
    mantissa, exponent = found["plain"], found["exp"]
    read = number(mantissa)
    if exponent is None:
        return read, len(mantissa)
    power = exponent[1:]
    signed = power[0] in "+-"
    digits = power.lstrip("+-")
    written = not signed or "." in mantissa or len(digits) > 1 or mantissa == "1"
    if not plain or not written:
        return read, len(mantissa)
    if len(digits) > 5 or int(digits) > budget.MAX_EXPONENT:
        raise OverBudget(f"a power of ten is over {budget.MAX_EXPONENT}")
    scale = Fraction(10) ** int(power)
    places = (read.places or 0) - int(power)
    return Number(read.value * scale, places if places > 0 else None), len(mantissa) + len(exponent)
