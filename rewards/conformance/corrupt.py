"""Make a right completion wrong and keep its shape: the kit asks whether the reward notices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

PROTECTED = re.compile(r"(<[^>]*>|\\[A-Za-z]+)")
"""Tags and TeX commands: they say where the answer is and not what it is."""
DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
NEXT_DIGIT = str.maketrans(DIGITS, DIGITS[1:] + DIGITS[:1])
NEXT_SIGN = NEXT_DIGIT | str.maketrans(
    LOWER + LOWER.upper(), LOWER[1:] + LOWER[:1] + LOWER[1:].upper() + LOWER[:1].upper()
)


def corruptions(completion: Any) -> Iterator[Any]:
    """Yield wrong versions of a completion (text or chat turns), the nearest first.

    Its last digit raised by one; all its digits; all digits and letters. What leaves the text as it is, such
    as digits where there are none, is not yielded.
    """
    for change in (_last_digit, _digits, _signs):
        wrong = _changed(completion, change)
        if wrong != completion:
            yield wrong


def _last_digit(text: str) -> str:
    pieces = PROTECTED.split(text)
    for at in range(len(pieces) - 1, -1, -1):
        found = list(re.finditer("[0-9]", pieces[at])) if at % 2 == 0 else []
        if found:
            place = found[-1].start()
            pieces[at] = pieces[at][:place] + found[-1][0].translate(NEXT_DIGIT) + pieces[at][place + 1 :]
            break
    return "".join(pieces)


def _digits(text: str) -> str:
    return _translated(text, NEXT_DIGIT)


def _signs(text: str) -> str:
    return _translated(text, NEXT_SIGN)


def _translated(text: str, table: dict[int, int]) -> str:
    pieces = PROTECTED.split(text)
    return "".join(piece if at % 2 else piece.translate(table) for at, piece in enumerate(pieces))


def _changed(completion: Any, change: Callable[[str], str]) -> Any:
    if isinstance(completion, str):
        return change(completion)
    return [_turn(turn, change) for turn in completion]


def _turn(turn: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    if turn.get("role", "assistant") != "assistant":
        return turn
    return {k: v if k == "role" else _deep(v, change) for k, v in turn.items()}


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {k: v if k in ("type", "id") else _deep(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_deep(v, change) for v in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + 1
    return value
