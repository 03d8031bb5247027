"""Equations and inequalities that say the same in another form, decided by the algebra.

Two equations are equal if one is the other times a constant, or times powers of variables that a denominator says are
not 0: y = k/x and xy = k. Two inequalities if it is a positive one. An expression
answers an equation if it is the one value of the only other variable: xy = 6 and 6/x.
"""

from __future__ import annotations

from collections.abc import Set
from fractions import Fraction

from rewards.math import algebra
from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import approximate
from rewards.math.compare.shape import MINUS_ONE, difference, rename, substitute, symbols
from rewards.math.tree import Add, Mul, Node, Number, Pow, Relation, Symbol
from rewards.math.walk import walk

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))

MAX_BELOW, MAX_POWER = 3, 4


def match_curves(reference: Relation, predicted: Relation, context: Context) -> Match | None:
    """Two equations; None where their variables are not the same."""
    one, other = (difference(*node.sides) for node in (reference, predicted))
    names = symbols(one)
    if names != symbols(other) or not names:
        return None
    found = _multiple(one, other, context)
    if not found and (below := _below(one) | _below(other)) and len(below) <= MAX_BELOW and below < names:
        found = (_multiple(one, other, context, below) and _powers(one, other, below, context)) or found
    return Match(found, "equivalent equations")


def _below(node: Node) -> set[str]:
    """The variables whose product is a denominator, and which so are not 0."""
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Pow) and _is_negative(part.exponent) and all(map(_is_power, walk(part.base))):
            found |= symbols(part.base)
    return found


def _is_power(node: Node) -> bool:
    """Whether a part may stand in a product of powers of variables."""
    if isinstance(node, Pow):
        return isinstance(node.exponent, Number)
    return isinstance(node, Symbol | Mul | Number)


def _is_negative(node: Node) -> bool:
    return isinstance(node, Number) and node.value < 0


def _powers(one: Node, other: Node, below: set[str], context: Context) -> bool:
    """Whether the quotient of two expressions is a product of powers of these variables, so nowhere 0."""
    for name in below:
        context.spend_algebra()
        twice = {name: Mul((Number(Fraction(2)), Symbol(name)))}
        left, right = Mul((one, substitute(other, twice))), Mul((substitute(one, twice), other))
        powers = (Number(Fraction(2) ** power) for power in range(-MAX_POWER, MAX_POWER + 1))
        if not any(algebra.same(Mul((scale, left)), right).equal for scale in powers):
            return False
    return True


def _multiple(one: Node, other: Node, context: Context, held: Set[str] = frozenset()) -> bool | None:
    """Whether one expression is the other times a constant: then one(x) other(y) = one(y) other(x).

    The variables `held` count as constants.
    """
    fresh = {name: name + "*" for name in symbols(one) - held}
    context.spend_algebra()
    if any(algebra.same(side, ZERO).equal is not False for side in (one, other)):
        return None
    return algebra.same(Mul((one, rename(other, fresh))), Mul((rename(one, fresh), other))).equal


def match_half_planes(reference: Relation, predicted: Relation, context: Context) -> Match | None:
    """Inequalities in several variables: equal if one is the other times a positive constant. None for others."""
    sides = [_above(node) for node in (reference, predicted)]
    if sides[0] is None or sides[1] is None:
        return None
    (one, strict), (other, also) = sides[0], sides[1]
    if strict != also or symbols(one) != symbols(other) or len(symbols(one)) < 2:
        return None
    if not _multiple(one, other, context):
        return Match(False, "inequality")
    return Match(_same_sign(one, other), "equivalent inequalities")


def _above(node: Relation) -> tuple[Node, bool] | None:
    """What the inequality says to be above 0, and whether strictly."""
    if node.ops not in (("<",), ("<=",), (">",), (">=",)):
        return None
    low, high = node.sides if node.ops[0] in ("<", "<=") else reversed(node.sides)
    return difference(high, low), node.ops[0] in ("<", ">")


def _same_sign(one: Node, other: Node) -> bool | None:
    """Whether two proportional expressions have one sign, seen at a point where they are not 0."""
    for turn in range(1, 4):
        point = {name: Number(Fraction(7 * at + turn, 5)) for at, name in enumerate(sorted(symbols(one)), 1)}
        values = [approximate(substitute(side, point)) for side in (one, other)]
        if None not in values and 0 not in values:
            return bool(values[0] * values[1] > 0)
    return None


def match_solved(relation: Relation, other: Node, context: Context) -> Match:
    """An expression answers an equation if it is the one value of the only other variable: xy = 6 and 6/x.

    It is, if it satisfies the equation and the equation is linear in that variable.
    """
    letters, given = symbols(relation), symbols(other)
    missing = sorted(letters - given)
    if relation.ops != ("=",) or len(missing) != 1 or not given or not given < letters:
        return Match(False, "statement for a value")
    gap = difference(*relation.sides)
    at = [substitute(gap, {missing[0]: Add((other, shift))}) for shift in (ZERO, ONE, MINUS_ONE)]
    context.spend_algebra()
    if algebra.same(at[0], ZERO).equal is not True or algebra.same(at[1], ZERO).equal is not False:
        return Match(False, "statement for a value")
    return Match(algebra.same(Add((at[1], at[2])), ZERO).equal is True, "equation solved")
