"""Cases for answers that are formulas: the same in other clothes, and one that differs by a sign or a digit.

Made from text alone, and only where the text leaves no doubt: a changed digit in an index or an exponent may say the
same, so golds with either keep their digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewards.verifier_audit.case import Case, gold_of
from rewards.verifier_audit.shapes import Shape, fill

FORMULA = re.compile(r"[^A-Za-z]*(?:(?:\\[A-Za-z]+|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))[^A-Za-z]*)*")
INTERVAL = re.compile(r"([\[(])([^()\[\],]+,[^()\[\],]+)([\])])")
MAX_CHARS = 200


def formula_cases(row: Mapping[str, Any], forms: Sequence[Shape]) -> Iterator[Case]:
    """Yield the cases of one row whose reference is a formula; none for words and letters of options."""
    gold = bare(gold_of(row) or "")
    if not (FORMULA.fullmatch(gold) and re.search(r"\d", gold)) or len(gold) > MAX_CHARS or "boxed" in gold:
        return
    for shape in forms:
        for text in dressed(gold):
            yield Case("equivalent forms", fill(shape, text), True, text)
        for text in flipped(gold):
            yield Case("near miss", fill(shape, text), False, text)


def bare(gold: str) -> str:
    """Return a reference without the one pair of dollar signs around it."""
    gold = gold.strip()
    return gold[1:-1].strip() if gold.count("$") == 2 and gold[:1] == gold[-1:] == "$" else gold


def dressed(gold: str) -> Iterator[str]:
    """Yield the same formula as others set it."""
    yield gold
    yield f"${gold}$"
    yield f" {gold} "
    if "\\frac" in gold:
        yield gold.replace("\\frac", "\\dfrac")
        yield gold.replace("\\frac", "\\tfrac")
    if "\\left" not in gold and gold.count("(") == gold.count(")") > 0 and "[" not in gold:
        yield gold.replace("(", "\\left(").replace(")", "\\right)")


def flipped(gold: str) -> Iterator[str]:
    """Yield formulas that look like it and are another."""
    if not re.search(r"[_^]", gold):
        for at, c in enumerate(gold):
            if c.isdigit() and c.isascii():
                yield f"{gold[:at]}{(int(c) + 1) % 10 or 1}{gold[at + 1 :]}"
    interval = INTERVAL.fullmatch(gold)
    if interval and not re.search(r"inf|oo|\u221e", gold):  # no number lies at an infinite end
        opening, inside, closing = interval.groups()
        yield f"{'[' if opening == '(' else '('}{inside}{closing}"
        yield f"{opening}{inside}{']' if closing == ')' else ')'}"
