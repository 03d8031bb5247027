"""Matrices, entry by entry.

A vector may be written as a row, as a column or as a plain tuple, and all three are taken for the same: few
questions that ask for a vector tell them apart. A tuple of equal tuples, [[1, 2], [3, 4]], is a matrix of these rows.
A number times a matrix, a product of small matrices and the inverse of one of numbers are worked out; `2i + 3j` with
hats is a vector where the other side is one.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from fractions import Fraction

from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import exact
from rewards.math.compare.shape import is_name
from rewards.math.tree import Add, Matrix, Mul, Node, Number, Pow, Relation, Sequence, Symbol

Rows = tuple[tuple[Node, ...], ...]
MAX_PRODUCT = 512
"""Products of two entries that one product of matrices may take."""

MAX_INVERSE = 4
HATS = ("i_hat", "j_hat", "k_hat")


def match_matrices(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is a matrix or a product with one."""
    given = reference, predicted = _unnamed(reference), _unnamed(predicted)
    reference, predicted = _components(reference, predicted), _components(predicted, reference)
    left, right = _matrix(reference), _matrix(predicted)
    if left is None and right is None:
        return None if (reference, predicted) == given else context.match(reference, predicted)
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
    """What stands behind the name in `v = (1, 2)` or `A^{-1} = ...`."""
    if not isinstance(node, Relation) or node.ops != ("=",):
        return node
    name = node.sides[0].base if isinstance(node.sides[0], Pow) else node.sides[0]
    return node.sides[1] if is_name(name) else node


def _components(node: Node, other: Node) -> Node:
    """`2i - 3j` with hats as (2, -3) where the other side is a vector of so many entries; else the node as it is."""
    count = len(other.items) if isinstance(other, Sequence) and other.opening not in ("", "{") else 0
    if isinstance(other, Matrix) and _is_vector(other.rows):
        count = len(_flat(other.rows))
    found: dict[str, Node] = {}
    for term in (node.terms if isinstance(node, Add) else (node,)) if count in (2, 3) else ():
        factors = term.factors if isinstance(term, Mul) else (term,)
        hats = [part.name for part in factors if isinstance(part, Symbol) and part.name in HATS[:count]]
        if len(hats) != 1 or hats[0] in found:
            return node
        rest = tuple(part for part in factors if part != Symbol(hats[0]))
        found[hats[0]] = rest[0] if len(rest) == 1 else Mul(rest) if rest else Number(Fraction(1))
    zero = Number(Fraction(0))
    return Sequence(tuple(found.get(hat, zero) for hat in HATS[:count]), "(", ")") if found else node


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
    if isinstance(node, Pow) and isinstance(node.base, Matrix) and exact(node.exponent) == -1:
        return _inverse(node.base.rows)
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


def _inverse(rows: Rows) -> Rows | None:
    """The inverse of a small matrix of numbers, by Gauss and Jordan; None for any other, and where there is none."""
    size = len(rows)
    if size > MAX_INVERSE or any(len(row) != size for row in rows):
        return None
    work = []
    for at, row in enumerate(rows):
        values = [exact(entry) for entry in row]
        if None in values:
            return None
        work.append([*(v for v in values if v is not None), *(Fraction(at == to) for to in range(size))])
    for at in range(size):
        pivot = next((line for line in work[at:] if line[at]), None)
        if pivot is None:
            return None
        work.remove(pivot)
        work.insert(at, [value / pivot[at] for value in pivot])
        for other in range(size):
            if other != at:
                work[other] = [a - work[other][at] * b for a, b in zip(work[other], work[at], strict=True)]
    return tuple(tuple(Number(value) for value in line[size:]) for line in work)


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
