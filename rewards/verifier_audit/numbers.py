"""Cases for answers that are numbers: other ways to write one, and numbers and claims that are another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from rewards.errors import BadReference
from rewards.number.parse import parse_number
from rewards.number.reward import reference_number
from rewards.verifier_audit.case import Case, gold_of
from rewards.verifier_audit.formulas import formula_cases
from rewards.verifier_audit.general import general_cases, never_paid
from rewards.verifier_audit.shapes import Shape, fill

MAX_DIGITS = 30


def number_cases(
    row: Mapping[str, Any], forms: Sequence[Shape], percent_is_other: bool = True
) -> Iterator[Case]:
    """Yield the cases of one row; golds that are no plain numbers get the general cases only.

    `percent_is_other`: 42% is another number than 42; false if the reward has a parameter that says otherwise.
    """
    value = number_of(row)
    if value is None:
        yield from formula_cases(row, forms)
        yield from general_cases(row, forms)
        return
    gold = plain(value)
    wrong = plain(value + 1)
    for shape in forms:
        for text in equivalents(value):
            yield Case("equivalent forms", fill(shape, text), True, text)
        for text in rarer_forms(value):
            yield Case("rarer forms", fill(shape, text), True, text)
        for text in near_misses(value):
            yield Case("near miss", fill(shape, text), False, text)
        if value:
            yield Case("sign flip", fill(shape, plain(-value)), False)
        for text in (f"{gold}%", f"{gold}\\%", f"{gold} million", f"{gold} percent"):
            if value and (percent_is_other or text.endswith("million")):
                yield Case("unit flip", fill(shape, text), False, text)
        for text in (f"{wrong}={gold}", f"{gold}={wrong}", f"{wrong} = {gold}", f"{gold} < {wrong}"):
            yield Case("false equation", fill(shape, text), False, text)
        for text in _operations(value, gold):
            yield Case("operation on it", fill(shape, text), False, text)
    yield from never_paid({**row, "answer": gold}, forms, wrong)


def number_of(row: Mapping[str, Any]) -> Fraction | None:
    """Return the reference as a number, None if it is none or a very long one."""
    gold = gold_of(row)
    try:
        value = None if gold is None else reference_number(gold)
    except BadReference:
        return None
    small = value is not None and len(str(value)) <= MAX_DIGITS
    return value if small else None


def plain(value: Fraction) -> str:
    """Return a number as people write it: a decimal if it is finite and short, else a fraction."""
    for digits in range(7):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            whole = f"{abs(scaled.numerator):0{digits + 1}d}"
            text = whole if not digits else f"{whole[:-digits]}.{whole[-digits:]}"
            return f"-{text}" if value < 0 else text
    return str(value)


def equivalents(value: Fraction) -> Iterator[str]:
    """Yield other texts of the same number, all in common use."""
    text = plain(value)
    bare, sign = text.lstrip("-"), "-" if value < 0 else ""
    yield text
    yield f" {text} "
    yield f"${text}$"
    yield f"**{text}**"
    if value > 0:
        yield f"+{text}"
    if sign:
        yield f"\u2212{bare}"
    if value.denominator == 1:
        yield f"{text}.0"
        yield f"{text}.00"
        yield f"{text}/1"
        if abs(value) >= 1000:
            yield f"{value.numerator:,}"
            yield f"{value.numerator:,}".replace(",", "{,}")
    else:
        top, bottom = abs(value.numerator), value.denominator
        yield f"{sign}{top}/{bottom}"
        yield f"{sign}{2 * top}/{2 * bottom}"
        yield f"{sign}\\frac{{{top}}}{{{bottom}}}"
        yield f"{sign}\\dfrac{{{top}}}{{{bottom}}}"
        if "." in bare:
            yield f"{text}0"
            if bare.startswith("0."):
                yield sign + bare[1:]


def rarer_forms(value: Fraction) -> Iterator[str]:
    """Yield texts of the same number that a person accepts and that take more than a parser of numbers."""
    text, top, bottom = plain(value), abs(value.numerator), value.denominator
    sign = "-" if value < 0 else ""
    yield f"x = {text}"
    yield f"\\text{{{text}}}"
    yield f"{text} (exactly)"
    if bottom == 1 and top % 10 == 0 and top:
        yield f"{sign}{top // 10} \\times 10"
    if bottom == 1:
        yield f"{sign}\\frac{{{2 * top}}}{{2}}"
    elif top > bottom:
        yield f"{sign}{top // bottom} {top % bottom}/{bottom}"
        yield f"{sign}{top // bottom}\\frac{{{top % bottom}}}{{{bottom}}}"
    elif top < 10 and bottom < 10:
        yield f"{sign}\\frac{top}{bottom}"


def near_misses(value: Fraction) -> Iterator[str]:
    """Yield numbers that look like it and are another."""
    text = plain(value)
    others = [value + 1, value - 1, value * 10, value / 10, value + Fraction(1, 10**6), value * 1001 / 1000]
    for at, c in enumerate(text):
        if c.isdigit():
            changed = parse_number(text[:at] + str((int(c) + 1) % 10) + text[at + 1 :])
            others += [] if changed is None else [changed]
    swapped = parse_number(text[:-2] + text[-1:] + text[-2:-1]) if text[-2:].isdigit() else None
    others += [] if swapped is None else [swapped]
    yield from dict.fromkeys(plain(other) for other in others if other != value)
    yield f"{text}{text[-1]}" if value and text[-1] != "." else f"{text}1"


def _operations(value: Fraction, gold: str) -> Iterator[str]:
    """Yield expressions that hold the number and are another; those that may be read as equal are left out."""
    yield f"{gold} + 1"
    if value not in (0, 1, -1):
        yield from (f"{gold}^2", f"{gold}²", f"\\sqrt{{{gold}}}")
        if value.denominator == 1:
            yield f"1/{gold}"
    if value not in (1, 2, -1, -2):
        yield f"{gold}!"
