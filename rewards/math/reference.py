r"""Read the reference answer of a dataset row, once, and say what is wrong with one that cannot be used."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from numbers import Rational, Real
from typing import Any

from rewards.errors import BadReference
from rewards.math import budget
from rewards.math.compare.shape import symbols
from rewards.math.derive import worked_out
from rewards.math.extract.boxes import find_box
from rewards.math.extract.clean import trimmed
from rewards.math.extract.find import Want, find_answer
from rewards.math.parse import parse
from rewards.math.tree import Call, Choice, Node, Text
from rewards.math.verdict import OverBudget, Unreadable
from rewards.math.walk import walk
from rewards.places import NoAnswer

MAX_ALTERNATIVES = 16
MAX_BITS = 6_000
SHOWN = 60
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")
LETTER = re.compile(r"\(?([A-J])\)?")
WRAPPING = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit|textrm)(?![A-Za-z])|[${}\s]|\\[()\[\]]|[.*]\Z")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as it is compared.

    Attributes:
        text: what was read, without box and prose.
        node: the tree.
        want: what an answer must be looked for as: "choice" for the letter of an option, "text" for words.
    """

    text: str
    node: Node
    want: Want


def read_references(answer: Any) -> tuple[Reference, ...]:
    r"""Return the reference, or the alternatives of a list, any of which an answer may equal.

    Args:
        answer: text, with or without `$`, a box, `####` or a sentence around the answer; a number; or a list of
            such, for a problem with several right answers. A list is no set: write `\{1, 2\}` for one.

    Raises:
        BadReference: it is empty, no number, beyond the budget, or cannot be read.
    """
    if isinstance(answer, list | tuple):
        if not 0 < len(answer) <= MAX_ALTERNATIVES:
            raise BadReference(
                f"the reference is a list of {len(answer)}; allowed: 1 to {MAX_ALTERNATIVES} alternatives"
            )
        return tuple(read_reference(_as_text(one)) for one in answer)
    return (read_reference(_as_text(answer)),)


def _as_text(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool):
        raise BadReference(f"the reference is {answer!r}, neither text nor a number")
    if isinstance(answer, Rational):
        value = Fraction(int(answer.numerator), int(answer.denominator))
        if max(abs(value.numerator), value.denominator).bit_length() > MAX_BITS:
            raise BadReference("the reference is a number of too many digits")
        return str(value)
    if isinstance(answer, Real) and math.isfinite(answer):
        return repr(float(answer))
    if type(answer).__name__ == "Decimal" and answer.is_finite():
        return str(answer)
    raise BadReference(f"the reference is {answer!r:.60}, neither text nor a finite number")


@lru_cache(maxsize=4096)
def read_reference(answer: str) -> Reference:
    """Return one reference, parsed. The cache keeps what a dataset's samples ask for again and again.

    Raises:
        BadReference: see `read_references`.
    """
    text = stated(answer)
    if not text or len(text) > budget.MAX_CHARACTERS:
        raise BadReference(
            "the reference is empty" if not text else f"the reference has {len(text)} characters"
        )
    letter = LETTER.fullmatch(WRAPPING.sub("", text))
    if letter is not None:
        return Reference(text, Choice(letter[1]), "choice")
    try:
        node = worked_out(parse(text))
    except OverBudget as why:
        raise BadReference(f"the reference {text[:SHOWN]!r} is beyond the budget: {why}") from why
    except Unreadable as why:
        raise BadReference(f"the reference {text[:SHOWN]!r} cannot be read: {why}") from why
    if (left := _left_to_do(node)) is not None:
        raise BadReference(f"the reference {text[:SHOWN]!r} leaves {left} to be worked out: give its value")
    return Reference(
        text, node, "text" if isinstance(node, Text) else "choice" if isinstance(node, Choice) else "value"
    )


def _left_to_do(node: Node) -> str | None:
    """What the reference only asks for: no answer that gives the value could be compared with it."""
    for part in walk(node):
        if not isinstance(part, Call):
            continue
        if part.name == "limit":
            return "a limit"
        if part.name == "integral" and len(part.args) == 4:
            bound = symbols(part.args[1])
            if not symbols(part.args[0]) - bound and not symbols(part.args[2]) | symbols(part.args[3]):
                return "a definite integral"
    return None


def stated(answer: str) -> str:
    """Return the answer that a reference states: its box, what follows `####`, its announced answer, or all of it."""
    text = answer.strip()
    try:
        box = find_box(text, 0, len(text))
    except NoAnswer as why:
        raise BadReference(f"the reference {text[-SHOWN:]!r}: {why}") from why
    if box is not None:
        return box.text.strip()
    if "####" in text:
        text = text.rpartition("####")[2].strip()
    elif len(text) > SHOWN and PROSE.search(text):
        try:
            found = find_answer(text)
        except NoAnswer:
            return text
        return found.text if found.rule == "announced" else text
    start, end = trimmed(text, 0, len(text))
    return text[start:end]
