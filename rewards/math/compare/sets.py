"""Sets of real numbers in any notation: `x <= 2`, (-inf, 2], {x | x <= 2}, R without {3}, `x < 1 or x > 3`.

A pair in brackets is read as an interval where the other side can only be a set. An inequality answers the set of its
solutions and the other way round, unless the options forbid it. Variables of different names are taken for the same.
"""

from __future__ import annotations

from collections.abc import Sequence as Items

from rewards.math.compare.context import Context, Match
from rewards.math.compare.equations import match_half_planes
from rewards.math.compare.multiset import distinct, match_multiset
from rewards.math.compare.pieces import Piece, is_point
from rewards.math.compare.reading import RealSet, is_set_like, read_set, simplified
from rewards.math.compare.relations import match_relations, renamed
from rewards.math.compare.shape import is_name, symbols
from rewards.math.tree import Logic, NamedSet, Node, Relation, Sequence, SetBuilder, SetOp

_ALIASES = {"Z>0": "Z+", "Z>=1": "Z+", "N+": "Z+", "N*": "Z+", "N>0": "Z+", "N_0": "Z>=0", "N0": "Z>=0"}


def match_sets(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side can only be a set or an inequality."""
    if not (is_set_like(reference) or is_set_like(predicted)):
        return None
    if isinstance(reference, Relation) and isinstance(predicted, Relation):
        found = match_relations(reference, predicted, context)
        if found is None or not found.equal:
            found = match_half_planes(reference, predicted, context)
        if found is not None:
            return found
    if _is_statement(reference) != _is_statement(predicted) and not context.options.relation_as_set:
        return Match(False, "relation against set")
    left, right = read_set(reference, context), read_set(predicted, context)
    if left is not None and right is not None:
        return _real(left, right, context)
    return _by_structure(reference, predicted, context)


def _is_statement(node: Node) -> bool:
    if isinstance(node, Logic):
        return True
    if isinstance(node, Sequence) and not node.opening:
        return any(_is_statement(item) for item in node.items)
    return isinstance(node, Relation) and node.ops != ("in",)


def _real(left: RealSet, right: RealSet, context: Context) -> Match:
    if not _may_be_same(left.variable, right.variable, context):
        return Match(False, "names")
    pieces = [left.pieces, right.pieces]
    if all(is_point(piece) for side in pieces for piece in side):
        one, other = (distinct([piece.low for piece in side]) for side in pieces)
        return match_multiset(one, other, context, "finite set")
    ordered = [simplified(side, context) for side in pieces]
    if ordered[0] is None or ordered[1] is None:
        return _unordered(left.pieces, right.pieces, context)
    if len(ordered[0]) != len(ordered[1]):
        return Match(False, "interval")
    return _all([_same(a, b, context) for a, b in zip(*ordered, strict=True)])


def _may_be_same(one: Node | None, other: Node | None, context: Context) -> bool:
    """Whether two variables may be one: names are interchangeable unless the options say no, expressions are not.

    An expression in several variables may have an interval's values; one in x alone, x^3 > 8, says something of x.
    """
    if one is None or other is None:
        known = other if one is None else one
        return known is None or is_name(known) or len(symbols(known)) > 1
    if one == other:
        return True
    return not context.options.names and is_name(one) and is_name(other)


def _same(one: Piece, other: Piece, context: Context) -> Match:
    if one[2:] != other[2:]:
        return Match(False, "interval ends")
    return context.all([(one.low, other.low), (one.high, other.high)], "interval")


def _all(found: list[Match]) -> Match:
    wrong = next((match for match in found if match.equal is False), None)
    return wrong or next((match for match in found if match.equal is None), Match(True, "interval"))


def _unordered(left: Items[Piece], right: Items[Piece], context: Context) -> Match:
    """Intervals with letters for ends: each of one side equals one of the other, in any order, as they are written."""
    rest = list(right)
    if len(left) != len(right):
        return Match(False, "interval")
    for piece in left:
        found = next((other for other in rest if _same(piece, other, context).equal), None)
        if found is None:
            return Match(False, "interval")
        rest.remove(found)
    return Match(True, "interval")


def _by_structure(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Sets that are no sets of real numbers: the same notation part by part; None where they are lists."""
    if isinstance(reference, NamedSet) and isinstance(predicted, NamedSet):
        return Match(_named(reference) == _named(predicted), "named set")
    if isinstance(reference, SetOp) and isinstance(predicted, SetOp):
        return _operations(reference, predicted, context)
    if isinstance(reference, SetBuilder) and isinstance(predicted, SetBuilder):
        return _builders(reference, predicted, context)
    if isinstance(reference, Logic) and isinstance(predicted, Logic):
        if reference.op != predicted.op:
            return Match(False, "statements")
        return match_multiset(list(reference.parts), list(predicted.parts), context, "statements")
    if any(isinstance(node, Logic | Sequence) for node in (reference, predicted)):
        return None  # several statements: the rules for lists
    return match_relations(reference, predicted, context) or Match(False, "set")


def _named(node: NamedSet) -> str:
    return _ALIASES.get(node.name, node.name)


def _operations(reference: SetOp, predicted: SetOp, context: Context) -> Match:
    if reference.op != predicted.op or len(reference.parts) != len(predicted.parts):
        return Match(False, "set operation")
    if reference.op == "difference":
        return context.all(list(zip(reference.parts, predicted.parts, strict=True)), "set operation")
    return match_multiset(list(reference.parts), list(predicted.parts), context, "set operation")


def _builders(reference: SetBuilder, predicted: SetBuilder, context: Context) -> Match:
    left, right = sorted(symbols(reference.element)), sorted(symbols(predicted.element))
    element, condition = predicted.element, predicted.condition
    if len(left) == len(right):
        element, condition = renamed(element, right, left), renamed(condition, right, left)
    return context.all([(reference.element, element), (reference.condition, condition)], "set builder")
