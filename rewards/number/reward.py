"""The reward `number`: the stated number equals the reference, as an exact fraction."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from rewards.contract import Score, Status
from rewards.define import reward
from rewards.errors import BadReference
from rewards.number.extract import SHOWN, Where, find_phrase
from rewards.number.parse import Percent, parse_number
from rewards.places import NoAnswer, has_box, last_box


@reward("number", domain="math", range=(0.0, 1.0), cost="inline")
def number(
    completion: str,
    answer: Any,
    *,
    where: Where = "auto",
    marker: str = ":",
    tag: str = "answer",
    percent: Percent = "refuse",
    units: tuple[str, ...] = (),
    prefilled: bool = False,
) -> Score:
    r"""Pay 1 if the number the completion states equals the reference `answer` exactly, else 0.

    "auto" reads the last \boxed{}, else the last ####, else the last <answer>, else one final statement, else
    a text that is a number, no more. The last number of a text counts only with where="last". Thinking
    is never read; `prefilled` says that the chat template opens it.
    """
    expected = reference_number(answer, percent, units)
    try:
        phrase = find_phrase(completion, where, marker, tag, prefilled)
    except NoAnswer as why:
        return Score(0.0, Status.UNPARSED, reason=str(why))
    got = parse_number(phrase, percent, units)
    if got is None:
        return Score(
            0.0, Status.UNPARSED, reason=f"not one number: {' '.join(phrase[:200].split())[:SHOWN]!r}"
        )
    if got == expected:
        return Score(1.0)
    return Score(0.0, reason=f"got {show(got)}, expected {show(expected)}")


def reference_number(answer: Any, percent: Percent = "refuse", units: tuple[str, ...] = ()) -> Fraction:
    r"""Return the reference as a fraction, or what follows its `####`, or its box. Raises `BadReference`."""
    if isinstance(answer, Rational) and not isinstance(answer, bool):
        return Fraction(int(answer.numerator), int(answer.denominator))
    if isinstance(answer, Real) and not isinstance(answer, bool) and math.isfinite(answer):
        answer = repr(float(answer))
    if not isinstance(answer, str):
        raise BadReference(f"the reference is {answer!r:.60}, not a number")
    text = answer.rpartition("####")[2]
    try:
        text = last_box(text) if has_box(text) else text
    except NoAnswer as why:
        raise BadReference(f"the reference {answer[-SHOWN:]!r}: {why}") from why
    value = parse_number(text, percent, units)
    if value is None:
        raise BadReference(f"the reference {answer[-SHOWN:]!r} is not one number")
    return value


def show(value: Fraction) -> str:
    """Return a number as text, cut if it is long."""
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
