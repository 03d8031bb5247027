"""What extraction returns, and how much text it looks at."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 8_000
"""Statements in prose are searched in the last characters only; boxes, tags and `####` anywhere."""


@dataclass(frozen=True, slots=True)
class Found:
    """One stated answer.

    Attributes:
        start: where its span begins in the completion.
        end: where it ends.
        text: what is to be read; for several boxes the contents with commas between them.
        rule: what found it, such as "box" or "final sentence".
        narrower: the same statement cut down to its formula, for a reader that cannot take the words around it.
        rivals: other final statements of the completion. An answer is paid only if they say the same.
    """

    start: int
    end: int
    text: str
    rule: str
    narrower: str | None = None
    rivals: tuple[str, ...] = ()
