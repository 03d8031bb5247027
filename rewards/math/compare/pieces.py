"""Sets of real numbers as lists of disjoint intervals, in order where the end points have a known size."""

from __future__ import annotations

from collections.abc import Sequence as Items
from functools import cmp_to_key
from typing import NamedTuple

from rewards.math.compare.context import Context
from rewards.math.compare.numeric import order
from rewards.math.compare.shape import INFINITY, negative
from rewards.math.tree import Node

LOW, HIGH = negative(INFINITY), INFINITY


class Unordered(Exception):  # noqa: N818 - a state of the end points
    """An end point is a letter, or has no known size."""


class Piece(NamedTuple):
    """An interval; a point is closed and has both ends alike."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


def point(node: Node) -> Piece:
    """One number as an interval."""
    return Piece(node, node, True, True)


def is_point(piece: Piece) -> bool:
    """Whether the piece is one number, as it was written."""
    return piece.low == piece.high and piece.low_closed and piece.high_closed


def compare_ends(a: Node, b: Node, context: Context) -> int:
    """Return -1, 0 or 1. Raises `Unordered`."""
    context.spend()
    if a == b:
        return 0
    found = order(a, b)
    if found is None:
        if context.match(a, b).equal:
            return 0
        raise Unordered
    return found


def normal(pieces: Items[Piece], context: Context) -> list[Piece]:
    """Return the union as disjoint intervals in order, the empty ones dropped. Raises `Unordered`."""
    kept = [piece for piece in pieces if not _is_empty(piece, context)]

    def starts(a: Piece, b: Piece) -> int:
        return compare_ends(a.low, b.low, context) or b.low_closed - a.low_closed

    kept.sort(key=cmp_to_key(starts))
    done: list[Piece] = []
    for piece in kept:
        if done and _touch(done[-1], piece, context):
            done[-1] = _joined(done[-1], piece, context)
        else:
            done.append(piece)
    return done


def _is_empty(piece: Piece, context: Context) -> bool:
    if is_point(piece):
        return False
    side = compare_ends(piece.low, piece.high, context)
    return side > 0 or (side == 0 and not (piece.low_closed and piece.high_closed))


def _touch(one: Piece, other: Piece, context: Context) -> bool:
    side = compare_ends(other.low, one.high, context)
    return side < 0 or (side == 0 and (other.low_closed or one.high_closed))


def _joined(one: Piece, other: Piece, context: Context) -> Piece:
    side = compare_ends(one.high, other.high, context)
    end = one if side > 0 else other
    closed = one.high_closed or other.high_closed if side == 0 else end.high_closed
    return Piece(one.low, end.high, one.low_closed, closed)


def complement(pieces: Items[Piece], context: Context) -> list[Piece]:
    """Return the real numbers outside. Raises `Unordered`."""
    low, closed, gaps = LOW, False, []
    for piece in normal(pieces, context):
        gaps.append(Piece(low, piece.low, closed, not piece.low_closed))
        low, closed = piece.high, not piece.high_closed
    gaps.append(Piece(low, HIGH, closed, False))
    return [gap for gap in gaps if not _is_outside(gap) and not _is_empty(gap, context)]


def _is_outside(gap: Piece) -> bool:
    """Before minus infinity, or after infinity."""
    return gap.high == LOW or gap.low == HIGH


def intersection(one: Items[Piece], other: Items[Piece], context: Context) -> list[Piece]:
    """Return what both have in common. Raises `Unordered`."""
    found = []
    for a in one:
        for b in other:
            low = compare_ends(a.low, b.low, context)
            high = compare_ends(a.high, b.high, context)
            start, end = (a if low > 0 else b), (a if high < 0 else b)
            low_closed = a.low_closed and b.low_closed if low == 0 else start.low_closed
            high_closed = a.high_closed and b.high_closed if high == 0 else end.high_closed
            found.append(Piece(start.low, end.high, low_closed, high_closed))
    return normal(found, context)
