"""The integers of a bounded set, listed: {x in Z | 1 <= x < 4} is {1, 2, 3}."""

from __future__ import annotations

import math
from collections.abc import Sequence as Items
from fractions import Fraction

from rewards.math.compare.context import Context
from rewards.math.compare.numeric import approximate, exact
from rewards.math.compare.pieces import HIGH, LOW, Piece, Unordered, intersection, point
from rewards.math.tree import NamedSet, Node, Number

MEMBERS = 1000
"""The most integers that are listed."""


def _from(low: int) -> Piece:
    return Piece(Number(Fraction(low)), HIGH, True, False)


_DOMAINS = {
    "Z": Piece(LOW, HIGH, False, False),
    "N": _from(0),
    **dict.fromkeys(("Z+", "Z>0", "Z>=1", "N+", "N*", "N>0"), _from(1)),
    **dict.fromkeys(("Z>=0", "N0", "N_0"), _from(0)),
}


def is_integer_domain(node: Node) -> bool:
    """Whether the node is Z, N or a part of them."""
    return isinstance(node, NamedSet) and node.name in _DOMAINS


def members(domain: Node, pieces: Items[Piece], context: Context) -> tuple[Piece, ...] | None:
    """Return the integers of the domain in the pieces as points; None if they are too many, or 0 in N decides.

    Raises:
        Unordered: an end is a letter.
    """
    if not isinstance(domain, NamedSet):
        return None
    found: list[int] = []
    for piece in intersection(pieces, [_DOMAINS[domain.name]], context):
        if piece.low == LOW or piece.high == HIGH:
            return None
        first, last = _inside(piece.low, piece.low_closed, 1), _inside(piece.high, piece.high_closed, -1)
        context.spend(max(last - first, 0))
        if last - first >= MEMBERS:
            return None
        found.extend(range(first, last + 1))
    if domain.name == "N" and 0 in found:
        return None
    return tuple(point(Number(Fraction(n))) for n in found)


def _inside(end: Node, closed: bool, step: int) -> int:
    """The first integer from an end inwards. Raises `Unordered`."""
    value = exact(end)
    size = approximate(end) if value is None else value
    if size is None or abs(size) > 10**12:
        raise Unordered
    whole = math.ceil(size) if step > 0 else math.floor(size)
    return whole if closed or whole != size else whole + step
