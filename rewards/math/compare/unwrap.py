"""Take off what says nothing: one item in brackets, and the rounded end of `1/3 = 0.33...`."""

from __future__ import annotations

from rewards.math.compare.shape import is_assignment, is_name
from rewards.math.tree import Call, Logic, Node, Number, PlusMinus, Relation, Sequence, Where

LAYERS = 20


def plain(node: Node, outermost: bool) -> Node:
    """Return the node without brackets around one value and without approximations after an exact value.

    Brackets count inside of others: {1, {2}} is not {1, 2}.
    """
    for _ in range(LAYERS):
        inner = _inner(node, outermost)
        if inner is None:
            break
        node = inner
    return node


def _inner(node: Node, outermost: bool) -> Node | None:
    if isinstance(node, Sequence) and len(node.items) == 1 and (outermost or not node.opening):
        return None if isinstance(node.items[0], PlusMinus) else node.items[0]
    if isinstance(node, Logic) and len(node.parts) == 1:
        return node.parts[0]
    if isinstance(node, Where):
        return _statements(node)
    if isinstance(node, Relation) and "approx" in node.ops:
        return _exact_part(node)
    return None


def _statements(node: Where) -> Node | None:
    """Definitions that were read as conditions: `f(x) = 1 for all x in Z, and g(x) = x for all x in Z`."""
    inner: Node = node.body
    found: list[Node] = []
    parts: list[Node] = [node.condition]
    while isinstance(inner, Where):
        parts.append(inner.condition)
        inner = inner.body
    for part in parts:
        inside = (
            part.parts if isinstance(part, Logic) else part.items if isinstance(part, Sequence) else (part,)
        )
        found.extend(
            p for p in inside if is_assignment(p) and isinstance(p, Relation) and isinstance(p.sides[0], Call)
        )
    return Sequence((inner, *found)) if found else None


def _exact_part(node: Relation) -> Node:
    """The exact side of an approximation; `x ~ 3.14`, where there is none, is `x = 3.14`.

    The rounded side never counts: a right decimal after a wrong exact value does not pay.
    """
    at = node.ops.index("approx")
    if at == 0 and is_name(node.sides[0]):
        return Relation(node.sides, ("=", *node.ops[1:]))
    if len(node.sides) == 2 and _is_decimal(node.sides[0]) and not _is_decimal(node.sides[1]):
        return node.sides[1]
    return node.sides[0] if at == 0 else Relation(node.sides[: at + 1], node.ops[:at])


def _is_decimal(node: Node) -> bool:
    return isinstance(node, Number) and node.places is not None
