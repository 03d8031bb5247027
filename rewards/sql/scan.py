"""Split SQL text into tokens, as far as quotes, comments and brackets go. Linear in the text, and never fails.

This is no parser: engines decide what a query is. It finds where statements end and where the outermost clauses stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["blank", "text", "quoted", "word", "number", "mark"]
NAMES = ("word", "quoted", "text")
"""Kinds of token that may be a table's name: SQLite takes a text in quotes for one where it needs a name."""
TOKEN = re.compile(
    r"""(?P<blank>\s++|--[^\n]*+|/\*.*?(?:\*/|\Z))
    |(?P<text>'(?:[^']|'')*+(?:'|\Z))
    |(?P<quoted>"(?:[^"]|"")*+(?:"|\Z)|`(?:[^`]|``)*+(?:`|\Z)|\[[^\]]*+(?:\]|\Z))
    |(?P<number>(?:\d[\d_]*+\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?+)
    |(?P<word>[^\W\d][\w$]*+)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token that is no blank: its kind, text, place in the source and depth in round brackets."""

    kind: Kind
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        """The place after it."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The text in upper case if it is a bare word or a mark, else ""."""
        return self.text.upper() if self.kind in ("word", "mark") else ""


def tokens(sql: str) -> list[Token]:
    """Return the tokens of a text, without blanks and comments. A bracket has the depth of what is outside it."""
    return list(scanned(sql))


def scanned(sql: str) -> Iterator[Token]:
    """Yield the tokens of a text, as `tokens` returns them."""
    depth = 0
    for match in TOKEN.finditer(sql):
        kind, text = match.lastgroup, match[0]
        if kind == "blank":
            continue
        depth -= text == ")"
        yield Token(kind, text, match.start(), depth)  # type: ignore[arg-type]
        depth += text == "("


def statements(sql: str) -> list[str]:
    """Return the statements of a text, split at `;`, without those that hold only blanks and comments."""
    found: list[str] = []
    start, filled = 0, False
    for token in scanned(sql):
        if token.text == ";":
            if filled:
                found.append(sql[start : token.start])
            start, filled = token.end, False
        else:
            filled = True
    if filled:
        found.append(sql[start:])
    return found


def copies(sql: str) -> int:
    """Return into how many references the query's common table expressions unfold.

    An engine that puts the definition in place of every reference takes time exponential in their number before the
    first row, where no deadline is looked at: `a AS (..), b AS (SELECT .. FROM a, a), c AS (SELECT .. FROM b, b), ..`.
    """
    found = tokens(sql)
    weights: dict[str, int] = {}
    total = 0
    for at, token in enumerate(found):
        if token.kind not in NAMES:
            continue
        body = _body(found, at)
        if body:
            name = _name(token)
            inside = [_name(t) for t in body if t.kind in NAMES]
            weights[name] = 1 + sum(weights.get(n, 0) for n in inside if n != name)
        elif _refers(found, at):
            total += weights.get(_name(token), 0)
    return total


def _body(found: Sequence[Token], at: int) -> Sequence[Token]:
    """Return the tokens of the definition whose name stands at `at`: `name [(..)] AS [[NOT] MATERIALIZED] (body)`."""
    here = at + 1
    if here < len(found) and found[here].text == "(":
        here = _closed(found, here) + 1
    if here >= len(found) or found[here].word != "AS":
        return ()
    here += 1
    while here < len(found) and found[here].word in ("NOT", "MATERIALIZED"):
        here += 1
    if here >= len(found) or found[here].text != "(":
        return ()
    return found[here + 1 : _closed(found, here)]


def _closed(found: Sequence[Token], at: int) -> int:
    depth = found[at].depth
    return next(
        (i for i in range(at + 1, len(found)) if found[i].text == ")" and found[i].depth == depth), len(found)
    )


def _refers(found: Sequence[Token], at: int) -> bool:
    before = found[at - 1].text if at else ""
    after = found[at + 1].text if at + 1 < len(found) else ""
    return before != "." and after != "."


def _name(token: Token) -> str:
    text = token.text
    if token.kind == "word":
        return text.casefold()
    return text[1:-1].replace(text[0] * 2, text[0]).casefold()
