"""Scalars: exact numbers first, rounding where the reference allows it, the algebra for the rest.

Rounding is one-sided by design. A reference written as a decimal takes an exact value, a fraction or a root, that
rounds to it at the reference's own digits, if these are two places or three significant digits at least: 0.33 takes
1/3, 0.3 does not, for it is more often exact than rounded. A reference that no decimal can state, 600/7 or
sqrt(3)/2, takes a decimal of at least `MIN_PLACES` places and `MIN_DIGITS` significant digits that is its correct
rounding, or the nearest float printed in full. Two decimals, and integers, are compared exactly: 9999 is not 10000,
and 0.33 is not 1/3.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from rewards.math import algebra
from rewards.math.algebra.sympy_tier import ask_sympy
from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import approximate, exact
from rewards.math.tree import Node, Number
from rewards.math.verdict import OverBudget

MIN_PLACES = 2
MIN_DIGITS = 4
FLOAT_DIGITS = 15
"""A decimal of so many significant digits may be a float, right to one unit in its last place but one."""


def match_numbers(reference: Number, predicted: Number, context: Context) -> Match:
    """Two written numbers: by value, or within the tolerance that the user asked for."""
    if reference.value == predicted.value:
        return Match(True, "number")
    if near(reference.value, predicted.value, context):
        return Match(True, "tolerance")
    return Match(True, "rounding") if rounded(reference, predicted, context) else Match(False, "number")


def match_scalars(reference: Node, predicted: Node, context: Context) -> Match:
    """Any two expressions: exact values, rounding, then the algebra."""
    left, right = exact(reference), exact(predicted)
    if left is not None and right is not None:
        if left == right:
            return Match(True, "number")
        if near(left, right, context):
            return Match(True, "tolerance")
        return Match(True, "rounding") if rounded(reference, predicted, context) else Match(False, "number")
    if rounded(reference, predicted, context):
        return Match(True, "rounding")
    context.spend_algebra()
    decision = algebra.same(reference, predicted)
    if decision.equal is None and context.options.sympy and context.sympy > 0:
        context.sympy -= 1
        if (found := ask_sympy(reference, predicted)) is not None:
            return Match(found, "sympy")
    if decision.rule == "over budget":
        raise OverBudget("the algebra's budget is spent")
    if not decision.equal and context.options.tolerance and _near_constants(reference, predicted, context):
        return Match(True, "tolerance")
    return Match(decision.equal, decision.rule)


def near(reference: Fraction, predicted: Fraction, context: Context) -> bool:
    """Whether two numbers agree within the relative tolerance of the options."""
    allowed = context.options.tolerance
    return allowed > 0 and abs(reference - predicted) <= abs(reference) * Fraction(allowed)


def _near_constants(reference: Node, predicted: Node, context: Context) -> bool:
    x, y = approximate(reference), approximate(predicted)
    return x is not None and y is not None and bool(abs(x - y) <= abs(x) * context.options.tolerance)


def rounded(reference: Node, predicted: Node, context: Context) -> bool:
    """Whether one is the written decimal of the other, as far as the rounding rules go."""
    if not context.options.rounding:
        return False
    if isinstance(reference, Number) and reference.places is not None:
        if is_written(predicted):
            return False
        value = _value(predicted)
        return value is not None and _is_fine(reference) and _rounds_to(value, reference)
    if isinstance(predicted, Number) and predicted.places is not None and _is_enough(predicted):
        value = None if _terminates(exact(reference)) else _value(reference)
        return value is not None and (_rounds_to(value, predicted) or _is_float(value, predicted))
    return False


def is_written(node: Node) -> bool:
    """Whether the node is a decimal or an integer as people write it, which is compared exactly."""
    return isinstance(node, Number) and (node.places is not None or node.value.denominator == 1)


def _value(node: Node) -> Fraction | None:
    """The value of a constant, exact or to 50 digits; None for an integer, an infinity and what has no value."""
    value = exact(node)
    if value is None and not isinstance(node, Number):
        value = _fraction(approximate(node))
    return None if value is None or value.denominator == 1 else value


def _fraction(number: Any) -> Fraction | None:
    if number is None or not 1e-60 < abs(number) < 1e60:  # beyond, an exact fraction could be of any length
        return None
    sign, mantissa, exponent, _ = number._mpf_
    value: Fraction = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -value if sign else value


def _rounds_to(value: Fraction, decimal: Number) -> bool:
    """Whether the value lies within half a unit of the decimal's last digit; both ends count: half up or even."""
    return abs(value - decimal.value) * 2 * Fraction(10) ** (decimal.places or 0) <= 1


def _is_fine(decimal: Number) -> bool:
    """Whether a decimal reference may be a rounded value."""
    return (decimal.places or 0) >= MIN_PLACES or _digits(decimal) >= MIN_DIGITS - 1


def _is_enough(decimal: Number) -> bool:
    return (decimal.places or 0) >= MIN_PLACES and _digits(decimal) >= MIN_DIGITS


def _digits(decimal: Number) -> int:
    return len(str(abs(int(decimal.value * 10 ** (decimal.places or 0)))))


def _is_float(value: Fraction, decimal: Number) -> bool:
    """Whether the decimal is the float nearest to the value, or the one beside it, written in full."""
    if _digits(decimal) < FLOAT_DIGITS:
        return False
    return abs(float(value) - float(decimal.value)) <= math.ulp(float(value))


def _terminates(value: Fraction | None) -> bool:
    """Whether a decimal states the value exactly; taken as true beyond any decimal that a person writes."""
    if value is None:
        return False
    rest = value.denominator
    if rest.bit_length() > 256:
        return True
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
