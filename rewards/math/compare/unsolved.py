"""Inequalities in one variable that are not solved yet: 2x < 6, |x - 3| < 2, x^2 <= 4."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from rewards.math.compare.numeric import exact, order
from rewards.math.compare.shape import negative, symbols
from rewards.math.tree import Add, Call, Mul, Node, Number, Op, Pow, Symbol

ZERO = Number(Fraction(0))
TWO = Number(Fraction(2))
HALF = Number(Fraction(1, 2))
DEPTH = 20
_TURNED: dict[Op, Op] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Solved(NamedTuple):
    """The variable and its bounds: all of them hold if `every`, else one of them does."""

    variable: Symbol
    bounds: tuple[tuple[Node, Op], ...]
    every: bool = True


def solved(side: Node, op: Op, bound: Node) -> Solved | None:
    """Solve `side op bound` for the only variable of `side`; None where the side is none of the three forms."""
    names = symbols(side)
    if len(names) != 1 or symbols(bound):
        return None
    name = Symbol(names.pop())
    if isinstance(side, Call) and side.name == "abs":
        return _both_signs(side.args[0], name, op, bound)
    if isinstance(side, Pow) and side.exponent == TWO:
        root = Pow(bound, HALF) if exact(bound) != 0 else bound
        return _both_signs(side.base, name, op, root) if _is_positive(bound) else None
    one = _ray(side, name, op, bound)
    return None if one is None else Solved(name, (one,))


def _both_signs(inner: Node, name: Symbol, op: Op, bound: Node) -> Solved | None:
    """|u| < b is -b < u < b, |u| > b is u < -b or u > b."""
    if not _is_positive(bound):
        return None
    rays = [_ray(inner, name, op, bound), _ray(inner, name, _TURNED.get(op, op), negative(bound))]
    if rays[0] is None or rays[1] is None:
        return None
    return Solved(name, (rays[0], rays[1]), every=op in ("<", "<=", "!="))


def _is_positive(bound: Node) -> bool:
    return order(bound, ZERO) in (0, 1)


def _ray(side: Node, name: Symbol, op: Op, bound: Node) -> tuple[Node, Op] | None:
    found = _linear(side, name, DEPTH)
    if found is None or not found[0]:
        return None
    slope, shift = found
    value, end = exact(bound), bound
    if value is not None:
        end = Number((value - shift) / slope)
    elif side != name:
        end = Mul((Add((bound, Number(-shift))), Number(1 / slope)))
    return end, op if slope > 0 else _TURNED.get(op, op)


def _linear(node: Node, name: Symbol, depth: int) -> tuple[Fraction, Fraction] | None:
    """The slope and the shift of an expression with rational coefficients, or None."""
    if node == name:
        return Fraction(1), Fraction(0)
    value = exact(node)
    if value is not None:
        return Fraction(0), value
    if not isinstance(node, Add | Mul) or not depth:
        return None
    parts = [
        _linear(part, name, depth - 1) for part in (node.terms if isinstance(node, Add) else node.factors)
    ]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if isinstance(node, Add):
        return sum((a for a, _ in known), Fraction(0)), sum((b for _, b in known), Fraction(0))
    slope, shift = Fraction(0), Fraction(1)
    for a, b in known:
        if a and slope:
            return None
        slope, shift = slope * b + shift * a, shift * b
    return slope, shift
