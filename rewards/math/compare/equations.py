"""Equations and inequalities that say the same in another form, decided by the algebra.

Two equations are equal if one is the other times a constant, two inequalities if it is a positive one. An expression
answers an equation if it is the one value of the only other variable: xy = 6 and 6/x.
"""

from __future__ import annotations

from fractions import Fraction

from rewards.math import algebra
from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import approximate
from rewards.math.compare.shape import MINUS_ONE, difference, rename, substitute, symbols
from rewards.math.tree import Add, Mul, Node, Number, Relation

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def match_curves(reference: Relation, predicted: Relation, context: Context) -> Match | None:
    """Two equations; None where their variables are not the same."""
    one, other = (difference(*node.sides) for node in (reference, predicted))
    names = symbols(one)
    if names != symbols(other) or not names:
        return None
    return Match(_multiple(one, other, context), "equivalent equations")


def _multiple(one: Node, other: Node, context: Context) -> bool | None:
    """Whether one expression is the other times a constant: then one(x) other(y) = one(y) other(x)."""
    fresh = {name: name + "*" for name in symbols(one)}
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
