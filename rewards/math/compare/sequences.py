"""Lists, tuples and sets.

A bare list, `1, 2`, has no order unless the options say so, and each value counts as often as it is written, for a
root may be double; but a list of tuples is a set of solutions. Braces have no order and no repetition. Round, square
and angle brackets have an order; `(1, 2)` and `[1, 2]` differ, for they may be intervals, while from three items on
they are two ways to write one tuple. A bare list answers a bracketed one in its order, and the other way round. A
tuple never answers a set. One item in outermost brackets is that item.
"""

from __future__ import annotations

from rewards.math.compare.context import Context, Match
from rewards.math.compare.multiset import distinct, match_multiset
from rewards.math.compare.named import match_named, records
from rewards.math.compare.shape import is_assignment, is_list, is_name, is_set, signs
from rewards.math.tree import Call, Logic, Node, Number, Relation, Sequence, Symbol

PAIR = 2
_CHOICES = {"C": "binomial", "P": "permutations"}


def match_sequences(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is a list, a tuple or a set, or has a plus-minus sign."""
    counted = _counted(reference, predicted), _counted(predicted, reference)
    if counted != (reference, predicted):
        return context.match(*counted)
    left, right = as_sequence(reference), as_sequence(predicted)
    if (left is None and right is None) or (isinstance(reference, Call) and isinstance(predicted, Call)):
        return None
    if left is None or right is None:
        one, other = left or right, predicted if left else reference
        return _one_sided(one, other, left is not None, context) if one else None
    return match_items(left, right, context)


def _counted(node: Node, other: Node) -> Node:
    """C(8, 2) and P(8, 2) against what is no point count choices."""
    if (
        isinstance(node, Call)
        and node.name in _CHOICES
        and len(node.args) == PAIR
        and not isinstance(other, Sequence | Call)
    ):
        return Call(_CHOICES[node.name], node.args)
    return node


def _one_sided(one: Sequence, other: Node, first: bool, context: Context) -> Match:
    """Several values against what is no list: equal only if there is one value."""
    if len(one.items) != 1 or one.opening:
        return Match(False, "number of values")
    pair = (one.items[0], other) if first else (other, one.items[0])
    return Match(context.match(*pair).equal, "one value")


def as_sequence(node: Node) -> Sequence | None:
    """Read a node as a sequence: signs are worked out, `x = 1 or x = 2` is a list, P(1, 2) is the point (1, 2)."""
    if isinstance(node, Logic):
        node = Sequence(node.parts, "{", "}") if _are_roots(node) else Sequence(node.parts)
    if isinstance(node, Call) and is_name(node) and len(node.args) > 1:
        node = Sequence(node.args, "(", ")")
    if not isinstance(node, Sequence):
        values = signs(node)
        return Sequence(tuple(values)) if len(values) > 1 else None
    if node.opening in ("", "{"):
        return Sequence(tuple(records(_expanded(node))), node.opening, node.closing)
    values = signs(node)
    return node if len(values) == 1 else Sequence(tuple(values))


def _are_roots(node: Logic) -> bool:
    """`x = 1 or x = 2`: one name, several values."""
    return (
        node.op == "or"
        and all(map(is_assignment, node.parts))
        and len({_name(part) for part in node.parts}) == 1
    )


def _name(node: Node) -> Node:
    return node.sides[0] if isinstance(node, Relation) else node


def _expanded(node: Sequence) -> list[Node]:
    """The items, lists without brackets inside and plus-minus signs worked out."""
    found: list[Node] = []
    for item in node.items:
        inner = None if isinstance(item, Number | Symbol) else as_sequence(item)
        found.extend(inner.items if inner is not None and is_list(inner) else [item])
    return found


def match_items(left: Sequence, right: Sequence, context: Context) -> Match:
    """Two sequences."""
    named = match_named(left, right, context)
    if named is not None:
        return named
    if _is_ordered(left, context) or _is_ordered(right, context):
        return _in_order(left, right, context)
    one, other = (
        distinct(list(side.items)) if _is_once(side) else list(side.items) for side in (left, right)
    )
    rule = "set" if is_set(left) or is_set(right) else "list"
    return match_multiset(one, other, context, rule)


def _is_once(node: Sequence) -> bool:
    """Whether repeated items count once."""
    return is_set(node) or all(isinstance(item, Sequence) for item in node.items)


def _is_ordered(node: Sequence, context: Context) -> bool:
    return not is_set(node) if node.opening else context.options.ordered


def _in_order(left: Sequence, right: Sequence, context: Context) -> Match:
    if is_set(left) or is_set(right):
        return Match(False, "tuple against set")
    if len(left.items) != len(right.items):
        return Match(False, "number of values")
    if len(left.items) == PAIR and not (is_list(left) or is_list(right)) and _ends(left) != _ends(right):
        return Match(False, "brackets")
    return context.all(list(zip(left.items, right.items, strict=True)), "tuple")


def _ends(node: Sequence) -> tuple[str, str]:
    """The brackets; angle ones are round ones, for they make a vector."""
    return node.opening.replace("<", "("), node.closing.replace(">", ")")
