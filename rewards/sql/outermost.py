"""Read the outermost clauses of a query, and write the queries that show what its order leaves open.

A gold that says `ORDER BY price LIMIT 3` has more than one right answer where prices are equal. Its own engine says
which rows are tied: the query is run without its LIMIT and with the dense rank of its sort keys as one more column. The
text is spliced, not parsed and printed again, so that nothing else in it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rewards.sql.scan import Token, tokens

COMPOUND = {"UNION", "INTERSECT", "EXCEPT"}
DIRECTIONS = {"ASC", "DESC", "NULLS", "FIRST", "LAST"}
BEFORE_ORDER = {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH"}
LITERALS = ("word", "quoted", "number", "text")


@dataclass(frozen=True, slots=True)
class Outermost:
    """The outermost query of a statement.

    Attributes:
        body: the text without the outermost ORDER BY and LIMIT.
        order: the text between ORDER BY and LIMIT; "" = the query does not order.
        limit, offset: the numbers of LIMIT and OFFSET; None = there is no LIMIT.
        known: whether all of this could be read. If not, the other fields but `order` are worth nothing.
    """

    body: str
    order: str = ""
    limit: int | None = None
    offset: int = 0
    known: bool = True


def outermost(sql: str) -> Outermost:
    """Return the outermost clauses of one statement."""
    top = [token for token in tokens(sql) if token.depth == 0 and token.text not in "()"]
    order = next((i for i, t in enumerate(top[:-1]) if t.word == "ORDER" and top[i + 1].word == "BY"), None)
    limit = next((i for i, t in enumerate(top) if t.word in ("LIMIT", "OFFSET", "FETCH")), None)
    ends = top[limit].start if limit is not None else len(sql)
    keys = "" if order is None else sql[top[order + 1].end : ends].strip()
    body = sql[: top[order].start if order is not None else ends]
    if limit is None:
        return Outermost(body, keys)
    numbers = _limit(top[limit:])
    if numbers is None or (order is not None and order > limit):
        return Outermost(body, keys, known=False)
    return Outermost(body, keys, *numbers)


def _limit(clause: Sequence[Token]) -> tuple[int | None, int] | None:
    """Return (limit, offset) of the tokens from LIMIT on, or None if they are no plain numbers."""
    words = [token.word or token.text for token in clause]
    plain = [int(w) for w in words if w.isdecimal() and len(w) < 18]
    shape = ["n" if w.isdecimal() else w for w in words]
    if shape == ["LIMIT", "n"]:
        return plain[0], 0
    if shape == ["LIMIT", "n", "OFFSET", "n"]:
        return plain[0], plain[1]
    if shape == ["LIMIT", "n", ",", "n"]:
        return plain[1], plain[0]
    return None


def ranked(outer: Outermost, columns: int) -> list[str]:
    """Return ways to ask for all rows of an ordering query, in order, with the dense rank of the sort keys at the end.

    They are tried in turn; an engine may refuse one, and the rows of one may be others than the query's.
    """
    found = [_spliced(outer), _wrapped(outer, columns)]
    return [text for text in found if text]


def _spliced(outer: Outermost) -> str | None:
    """Put the rank behind the last column of the query's own SELECT."""
    parts = _select(outer.body)
    if parts is None or parts.distinct or parts.compound:
        return None
    keys = [_key(key, parts.items) for key in _listed(tokens(outer.order), outer.order)]
    if None in keys:
        return None
    rank = f", DENSE_RANK() OVER (ORDER BY {', '.join(k for k in keys if k)})"
    head, tail = outer.body[: parts.end], outer.body[parts.end :]
    return f"{head.rstrip()}{rank} {tail} ORDER BY {outer.order}"


def _wrapped(outer: Outermost, columns: int) -> str | None:
    """Put the query in brackets and rank it by its own columns: all that UNION and DISTINCT can be ordered by."""
    parts = _select(outer.body)
    if parts is None:
        return None
    keys = []
    for key in _listed(tokens(outer.order), outer.order):
        place = _place(key, parts.items)
        if place is None:
            return None
        keys.append(f"c{place} {key.direction}")
    names = ", ".join(f"c{i}" for i in range(columns))
    order = ", ".join(keys)
    rank = f"DENSE_RANK() OVER (ORDER BY {order})"
    return f"WITH tied_rows({names}) AS ({outer.body}\n) SELECT *, {rank} FROM tied_rows ORDER BY {order}"


@dataclass(frozen=True, slots=True)
class _Item:
    text: str
    alias: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class _Select:
    items: list[_Item]
    end: int
    distinct: bool
    compound: bool


def _select(body: str) -> _Select | None:
    """Return the columns of the first outermost SELECT of a query, and where they end."""
    found = tokens(body)
    start = next((i for i, t in enumerate(found) if t.depth == 0 and t.word == "SELECT"), None)
    if start is None:
        return None
    compound = any(t.depth == 0 and t.word in COMPOUND for t in found)
    distinct = start + 1 < len(found) and found[start + 1].word == "DISTINCT"
    first = start + 1 + (distinct or (start + 1 < len(found) and found[start + 1].word == "ALL"))
    stops = BEFORE_ORDER | COMPOUND
    last = next(
        (i for i in range(first, len(found)) if found[i].depth == 0 and found[i].word in stops), len(found)
    )
    end = found[last - 1].end if last > first else len(body)
    return _Select(_listed(found[first:last], body), end, distinct, compound)


def _listed(found: Sequence[Token], text: str) -> list[_Item]:
    """Split tokens at their outermost commas."""
    groups: list[list[Token]] = [[]]
    for token in found:
        if token.text == "," and token.depth == 0:
            groups.append([])
        else:
            groups[-1].append(token)
    return [_item(group, text) for group in groups if group]


def _item(group: Sequence[Token], text: str) -> _Item:
    core = list(group)
    while len(core) > 1 and core[-1].depth == 0 and core[-1].word in DIRECTIONS:
        core.pop()
    direction = text[core[-1].end : group[-1].end].strip()
    alias = ""
    if len(core) > 2 and core[-2].word == "AS":
        alias, core = _bare(core[-1].text), core[:-2]
    elif len(core) > 1 and _names(core[-2], core[-1]):
        alias, core = _bare(core[-1].text), core[:-1]
    return _Item(text[core[0].start : core[-1].end], alias, direction)


def _names(before: Token, last: Token) -> bool:
    """Return whether the last token of a column is an alias without AS."""
    ends_value = before.text == ")" or (
        before.kind in LITERALS and before.word not in ("CASE", "ELSE", "THEN")
    )
    return (
        ends_value
        and last.kind in ("word", "quoted")
        and last.word not in ("END", "NOCASE", "BINARY", "RTRIM")
    )


def _bare(name: str) -> str:
    return (name[1:-1] if name[:1] in "\"`['" else name).casefold()


def _key(key: _Item, items: Sequence[_Item]) -> str | None:
    """Return a sort key as an expression over the tables, where it names or counts a column of the result."""
    text = key.text
    if text.isdecimal():
        if any(item.text[-1:] == "*" for item in items) or not 0 < int(text) <= len(items):
            return None
        text = items[int(text) - 1].text
    else:
        text = next((item.text for item in items if item.alias and item.alias == _bare(text)), text)
    return f"{text} {key.direction}"


def _place(key: _Item, items: Sequence[_Item]) -> int | None:
    """Return which column of the result a sort key is."""
    starred = any(item.text[-1:] == "*" for item in items)
    if key.text.isdecimal():
        return int(key.text) - 1
    if starred:
        return None
    wanted = (_bare(key.text), _same(key.text))
    for at, item in enumerate(items):
        if (item.alias and item.alias == wanted[0]) or _same(item.text) == wanted[1]:
            return at
    lasts = [_bare(item.text.rpartition(".")[2].strip()) for item in items]
    return lasts.index(wanted[0]) if lasts.count(wanted[0]) == 1 else None


def _same(text: str) -> tuple[str, ...]:
    return tuple(t.text.casefold() for t in tokens(text))
