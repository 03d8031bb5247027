"""Where in a text the phrase stands that some function extracts from it.

Extraction functions return phrases, not positions, and the same phrase may stand in many places. So each place is
tried: the phrase is altered there and the function asked again. The place whose change comes back is the one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

MAX_PLACES = 64
"""Only the last places are tried; extraction looks at the end of a text first."""
MAX_PHRASE = 4096


def locate(read: Callable[[str], str | None], text: str) -> tuple[int, int] | None:
    """Return start and end of what `read(text)` returns, blanks at its ends left out; None if unknown.

    `read` must be a pure function; it may collapse blanks. It is called at most `MAX_PLACES` + 1 times.
    """
    phrase = read(text)
    if phrase is None or not phrase.strip() or len(phrase) > MAX_PHRASE:
        return None
    words = (re.escape(word) for word in phrase.split())
    places = deque(re.finditer(r"\s+".join(words), text), maxlen=MAX_PLACES)
    moved: tuple[int, int] | None = None
    for place in reversed(places):
        altered = _altered(place[0])
        got = read(text[: place.start()] + altered + text[place.end() :])
        if got is not None and got.split() == altered.split():
            return place.span()
        if got != phrase and moved is None:  # said twice, and the two now disagree: either place will do
            moved = place.span()
    return moved


def _altered(phrase: str) -> str:
    """Return a phrase of the same shape in which each letter and digit is another."""
    return "".join(_next(c) for c in phrase)


def _next(c: str) -> str:
    if c.isdigit() and c.isascii():
        return str((int(c) + 1) % 10)
    if c.isascii() and c.isalpha():
        return "b" if c in "aA" else "a"
    return c
