"""The size of a constant, to 50 digits: to put end points in order and to see what a value rounds to.

Whether two constants are equal is never decided here; that is the algebra's part.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.math import algebra
from rewards.math.compare.shape import is_infinite
from rewards.math.tree import Add, Mul, Node, Number, Pow
from rewards.math.verdict import OverBudget

DIGITS = 50
MAX_BITS = 4096
"""Numbers beyond this are not measured."""


def exact(node: Node) -> Fraction | None:
    """Return the value of an expression in +, *, integer powers of numbers, or None; cheap and bounded."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Mul | Add):
        product = isinstance(node, Mul)
        total = Fraction(1 if product else 0)
        for part in node.factors if isinstance(node, Mul) else node.terms:
            value = exact(part)
            if value is None or _bits(value) + _bits(total) > MAX_BITS:
                return None
            total = total * value if product else total + value
        return total
    return _power(exact(node.base), exact(node.exponent)) if isinstance(node, Pow) else None


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _power(base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if base is None or exponent is None or exponent.denominator != 1:
        return None
    if (base == 0 and exponent < 0) or _bits(base) * abs(exponent.numerator) > MAX_BITS:
        return None
    return base**exponent.numerator


def approximate(node: Node) -> Any:
    """Return the real value of a finite constant as an mpmath number, 50 digits guaranteed, or None."""
    try:
        return algebra.approx(node, DIGITS)
    except OverBudget:
        return None


def order(a: Node, b: Node) -> int | None:
    """Return -1, 0 or 1 as a is below, at or above b; None where either has no known size, or they are too close.

    0 only for equal fractions and equal infinities.
    """
    left, right = exact(a), exact(b)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    if is_infinite(a) or is_infinite(b):
        gap = is_infinite(a) - is_infinite(b)
        return (gap > 0) - (gap < 0)
    x, y = approximate(a), approximate(b)
    if x is None or y is None or abs(x - y) * 10 ** (DIGITS - 10) <= abs(x):
        return None
    return 1 if x > y else -1
