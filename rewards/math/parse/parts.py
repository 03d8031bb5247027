"""Answers in several labelled parts: `(a) 5, (b) 6`, `(i) x = 2; (ii) 3`, `(1) 3 (2) 4`.

Labels are no factors: each part gets its letter as a name, so that parts in another order are told apart.
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"(?:\A|(?<=[\s,;.}]))(?:\\text\{ ?)?\((i{1,3}|iv|v|[a-h]|[1-8])\) ?\}?[:.]? ?(?=\S)")
_ROWS = ("abcdefgh", "12345678", ("i", "ii", "iii", "iv", "v"))
_BETWEEN = re.compile(r"(?:[\s,;.]|\\[,;]|\\quad|\\qquad|\\\\|(?:\\text\{ ?)?\band\b ?\}?)+\Z")


def labelled(text: str) -> list[str] | None:
    """Return the parts in order if the text is two labelled parts or more, from the first label on; else None."""
    if not text.startswith(("(", "\\text{(", "\\text{ (")):
        return None
    found = list(_LABEL.finditer(text))
    labels = [match[1] for match in found]
    if len(labels) < 2 or found[0].start() or not any(labels == list(row[: len(labels)]) for row in _ROWS):
        return None
    ends = [*(match.start() for match in found[1:]), len(text)]
    parts = [_BETWEEN.sub("", text[match.end() : end]) for match, end in zip(found, ends, strict=True)]
    return parts if all(part.strip() for part in parts) else None
