"""Exact arithmetic on fractions whose results are bounded before they are computed."""

from __future__ import annotations

import math
from fractions import Fraction

from rewards.math.algebra.decision import Undefined
from rewards.math.verdict import OverBudget

FOLD_BITS = 4096
"""Numbers are folded while the result stays below this; larger ones are compared modulo primes."""


def bits(value: Fraction) -> int:
    """Return the size of a fraction in bits, numerator and denominator together."""
    return value.numerator.bit_length() + value.denominator.bit_length()


def power(base: Fraction, exponent: int, limit: int) -> Fraction:
    """Return base^exponent. Raises `OverBudget` above `limit` bits, `Undefined` for 0 to a negative power."""
    if base == 0 and exponent < 0:
        raise Undefined("division by zero")
    if abs(base.numerator) <= 1 and base.denominator == 1:
        return base if exponent % 2 or base >= 0 else -base
    if bits(base) * abs(exponent) > limit:
        raise OverBudget(f"a power of more than {limit} bits")
    return base**exponent


def exact_root(value: Fraction, degree: int) -> Fraction | None:
    """Return the rational root of a fraction >= 0, or None. The degree is at least 2."""
    if degree > bits(value) and value not in (0, 1):
        return None
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return None if top is None or bottom is None else Fraction(top, bottom)


def _integer_root(value: int, degree: int) -> int | None:
    if value < 2:
        return value
    if degree == 2:
        root = math.isqrt(value)
    else:
        root = 1 << -(-value.bit_length() // degree)
        while (step := ((degree - 1) * root + value // root ** (degree - 1)) // degree) < root:
            root = step
    return root if root**degree == value else None


def exact_log(value: Fraction, base: Fraction) -> Fraction | None:
    """Return log_base(value) where it is a rational number, else None. Both are positive, base is not 1."""
    if value == 1:
        return Fraction(0)
    if bits(value) > FOLD_BITS or bits(base) > FOLD_BITS:
        return None
    ratio = _log2(value) / _log2(base)
    guess = Fraction(ratio).limit_denominator(64)
    if abs(guess - Fraction(ratio)) > 1e-9 or abs(guess.numerator) > FOLD_BITS:
        return None
    try:
        left = power(value, guess.denominator, 64 * FOLD_BITS)
        return guess if left == power(base, guess.numerator, 64 * FOLD_BITS) else None
    except OverBudget:
        return None


def _log2(value: Fraction) -> float:
    return math.log2(value.numerator) - math.log2(value.denominator)


def factorial_bits(n: int) -> int:
    """Return an upper bound on the size of n! in bits."""
    return n * max(n.bit_length(), 1)
