"""Put nodes together in one canonical way: sums and products flat, quotients as powers, numerals folded."""

from __future__ import annotations

from fractions import Fraction

from rewards.math.tree import (
    Add,
    Constant,
    Mul,
    NamedSet,
    Node,
    Number,
    PlusMinus,
    Pow,
    Quantity,
    Sequence,
    SetBuilder,
    SetOp,
)

MINUS_ONE = Number(Fraction(-1))
ONE = Number(Fraction(1))
E = Constant("e")


def negated(node: Node) -> Node:
    """Return the node with the other sign."""
    if isinstance(node, Number):
        return Number(-node.value, node.places)
    if isinstance(node, Quantity):
        return Quantity(negated(node.value), node.unit)
    if isinstance(node, Mul):
        first = node.factors[0]
        if isinstance(first, Number):
            if first == MINUS_ONE:
                return product(list(node.factors[1:]))
            return Mul((negated(first), *node.factors[1:]))
        return Mul((MINUS_ONE, *node.factors))
    if isinstance(node, PlusMinus):
        return PlusMinus(node.term, not node.flipped)
    return Mul((MINUS_ONE, node))


def product(factors: list[Node]) -> Node:
    """Return the product, flat; a factor 1 that came from a quotient is dropped."""
    if len(factors) == 1:
        return factors[0]
    flat: list[Node] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Mul) else (factor,))
    return Mul(tuple(flat))


def total(terms: list[Node]) -> Node:
    """Return the sum, flat."""
    if len(terms) == 1:
        return terms[0]
    flat: list[Node] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    return Add(tuple(flat))


def exact(node: Node) -> bool:
    """Whether the node is a number written without a decimal point."""
    return isinstance(node, Number) and node.places is None


def quotient(over: Node, below: Node) -> Node:
    """Return over / below: a fraction if both are numerals, else a product with a reciprocal."""
    if isinstance(over, Quantity) and not isinstance(below, Quantity):
        return Quantity(quotient(over.value, below), over.unit)
    if isinstance(below, Number) and below.places is None and below.value:
        if isinstance(over, Number) and over.places is None:
            return Number(over.value / below.value)
        return product([over, Number(1 / below.value)])
    inverse = reciprocal(below)
    return inverse if over == ONE else product([over, inverse])


def reciprocal(node: Node) -> Node:
    """Return 1 / node."""
    if isinstance(node, Number) and node.places is None and node.value:
        return Number(1 / node.value)
    return Pow(node, MINUS_ONE)


def is_set(node: Node) -> bool:
    """Whether a minus sign behind the node is a difference of sets."""
    if isinstance(node, Sequence):
        return node.opening == "{"
    return isinstance(node, SetBuilder | SetOp | NamedSet)
