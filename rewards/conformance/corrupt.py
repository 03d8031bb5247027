"""Make a right completion wrong and keep its shape: the kit asks whether the reward notices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

PROTECTED = re.compile(r"(<[^>]*>|\\[A-Za-z]+)")
"""Tags and TeX commands: they say where the answer is and not what it is."""
DIGIT = re.compile(r"\d")


def corruptions(completion: Any) -> Iterator[Any]:
    """Yield wrong versions of a completion (text or chat turns), the nearest first.

    Its last digit raised by one, then all its digits; where it has none, its letters. Tags and TeX commands
    are kept, so a reward that only looks for them is found out.
    """
    near, far = _changed(completion, _last_digit), _changed(completion, _digits)
    if far == completion:
        yield _changed(completion, _letters)
        return
    yield near
    if far != near:
        yield far


def _last_digit(text: str) -> str:
    pieces = PROTECTED.split(text)
    for at in range(len(pieces) - 1, -1, -1):
        found = list(DIGIT.finditer(pieces[at])) if at % 2 == 0 else []
        if found:
            start, end = found[-1].span()
            pieces[at] = pieces[at][:start] + _next_digit(found[-1][0]) + pieces[at][end:]
            break
    return "".join(pieces)


def _digits(text: str) -> str:
    return _outside_tags(text, lambda c: _next_digit(c) if c.isdecimal() else c)


def _letters(text: str) -> str:
    return _outside_tags(text, lambda c: _next_letter(c) if c.isalpha() else c)


def _next_digit(digit: str) -> str:
    return str((int(digit) + 1) % 10)


def _next_letter(letter: str) -> str:
    if not letter.isascii():
        return "x"
    first = ord("a") if letter.islower() else ord("A")
    return chr(first + (ord(letter) - first + 1) % 26)


def _outside_tags(text: str, change: Callable[[str], str]) -> str:
    pieces = PROTECTED.split(text)
    return "".join(piece if at % 2 else "".join(map(change, piece)) for at, piece in enumerate(pieces))


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
