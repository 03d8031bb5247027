"""Matrices, entry by entry.

A vector may be written as a row, as a column or as a plain tuple, and all three are taken for the same: few
questions that ask for a vector tell them apart. A tuple of equal tuples, [[1, 2], [3, 4]], is a matrix of these rows.
A number times a matrix and a product of small matrices are worked out.
"""

from __future__ import annotations

from collections.abc import Sequence as Items

from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import exact
from rewards.math.compare.shape import is_assignment
from rewards.math.tree import Add, Matrix, Mul, Node, Number, Relation, Sequence

Rows = tuple[tuple[Node, ...], ...]
MAX_PRODUCT = 512
"""Products of two entries that one product of matrices may take."""


def match_matrices(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is a matrix or a product with one."""
    reference, predicted = _unnamed(reference), _unnamed(predicted)
    left, right = _matrix(reference), _matrix(predicted)
    if left is None and right is None:
        return None
    one = left if left is not None else _from_tuples(reference)
    other = right if right is not None else _from_tuples(predicted)
    if one is None or other is None:
        return Match(False, "matrix")
    if _shape(one) != _shape(other):
        if not (_is_vector(one) and _is_vector(other)):
            return Match(False, "matrix")
        return _entries(_flat(one), _flat(other), context, "vector")
    return _entries(_flat(one), _flat(other), context, "matrix")


def _unnamed(node: Node) -> Node:
    """What stands behind the name in `v = (1, 2)`."""
    return (
        node.sides[1] if is_assignment(node) and isinstance(node, Relation) and len(node.sides) == 2 else node
    )


def _entries(left: Items[Node], right: Items[Node], context: Context, rule: str) -> Match:
    if len(left) != len(right):
        return Match(False, rule)
    return context.all(list(zip(left, right, strict=True)), rule)


def _shape(rows: Rows) -> tuple[int, ...]:
    return tuple(len(row) for row in rows)


def _is_vector(rows: Rows) -> bool:
    return len(rows) == 1 or all(len(row) == 1 for row in rows)


def _flat(rows: Rows) -> list[Node]:
    return [entry for row in rows for entry in row]


def _from_tuples(node: Node) -> Rows | None:
    if not isinstance(node, Sequence) or node.opening == "{" or not node.items:
        return None
    rows = [item.items for item in node.items if isinstance(item, Sequence) and item.opening != "{"]
    if len(rows) == len(node.items):
        return tuple(rows)
    return None if rows else tuple((item,) for item in node.items)


def _matrix(node: Node) -> Rows | None:
    """The rows of a matrix, worked out if it is a product; None for what is no matrix."""
    if isinstance(node, Matrix):
        return node.rows
    if not isinstance(node, Mul):
        return None
    rows: Rows | None = None
    scalars: list[Node] = []
    for factor in node.factors:
        if not isinstance(factor, Matrix):
            scalars.append(factor)
        elif rows is None:
            rows = factor.rows
        else:
            rows = _product(rows, factor.rows)
            if rows is None:
                return None
    if rows is None:
        return None
    return tuple(tuple(_times(scalars, entry) for entry in row) for row in rows) if scalars else rows


def _times(scalars: list[Node], entry: Node) -> Node:
    made = Mul((*scalars, entry))
    value = exact(made)
    return made if value is None else Number(value)


def _product(left: Rows, right: Rows) -> Rows | None:
    inner, width = len(right), len(right[0]) if right else 0
    if not width or any(len(row) != inner for row in left) or any(len(row) != width for row in right):
        return None
    if len(left) * inner * width > MAX_PRODUCT:
        return None
    return tuple(tuple(_dot(row, [r[at] for r in right]) for at in range(width)) for row in left)


def _dot(row: Items[Node], column: Items[Node]) -> Node:
    made = Add(tuple(Mul((a, b)) for a, b in zip(row, column, strict=True)))
    value = exact(made)
    return made if value is None else Number(value)
