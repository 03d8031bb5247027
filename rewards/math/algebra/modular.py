"""Identity of rational expressions, tested modulo 61-bit primes at random points (Schwartz 1980, Zippel 1979).

Two different rational functions of degree d agree at a random point with probability below d / 2^60, so a few
primes decide; no number is ever larger than a prime, whatever the expression stands for: 1/2004! is one residue.
"""

from __future__ import annotations

import math
import zlib
from fractions import Fraction
from random import Random

from rewards.math.algebra.arithmetic import power
from rewards.math.algebra.forms import Forms
from rewards.math.verdict import OverBudget

PRIMES = (2305843009213693951, 2305843009213693921, 2305843009213693907, 2305843009213693723)
"""The four largest primes below 2^61."""
EXPONENT_BITS = 1 << 16
FACTORIAL = 20_000
TRIES = 4


class Pole(ArithmeticError):  # noqa: N818 - a state of the point
    """The point is a zero of a denominator modulo this prime."""


def integers(forms: Forms, order: list[int]) -> dict[int, int] | None:
    """Return the integers that exponents and factorials need; None = the steps are no rational operations."""
    known: dict[int, int] = {}
    for index in order:
        step = forms.steps[index]
        value = _integer(forms, index, known)
        if value is not None:
            known[index] = value
        if step.op in ("number", "symbol", "add", "mul", "unknown"):
            continue
        if step.op == "pow" and step.args[1] in known:
            continue
        if step.op == "call" and step.value == "factorial" and 0 <= known.get(step.args[0], -1) <= FACTORIAL:
            continue
        return None
    return known


def _integer(forms: Forms, index: int, known: dict[int, int]) -> int | None:
    step = forms.steps[index]
    if step.op == "number":
        value = forms.value(index)
        return int(value) if value is not None and value.denominator == 1 else None
    parts = [known[arg] for arg in step.args if arg in known]
    if len(parts) < len(step.args) or step.op not in ("add", "mul", "pow"):
        return None
    if step.op == "add":
        return sum(parts) if max(map(int.bit_length, parts)) <= EXPONENT_BITS else None
    if step.op == "mul":
        return math.prod(parts) if sum(map(int.bit_length, parts)) <= EXPONENT_BITS else None
    try:
        return int(power(Fraction(parts[0]), parts[1], EXPONENT_BITS)) if parts[1] >= 0 else None
    except OverBudget:
        return None


def identical(
    forms: Forms, order: list[int], known: dict[int, int], pair: tuple[int, int], seed: int
) -> bool | None:
    """Return whether two steps agree modulo every prime; None where no point avoids the poles."""
    random, checked = Random(seed), 0
    for prime in PRIMES:
        for _ in range(TRIES):
            try:
                residues = _evaluate(forms, order, known, (prime, random))
            except Pole:
                continue
            if residues[pair[0]] != residues[pair[1]]:
                return False
            checked += 1
            break
    return True if checked >= 2 else None


def _evaluate(
    forms: Forms, order: list[int], known: dict[int, int], draw: tuple[int, Random]
) -> dict[int, int]:
    found: dict[int, int] = {}
    prime, random = draw
    salt = random.getrandbits(60)
    for index in order:
        op, value, args = forms.steps[index]
        if type(value) is Fraction:
            found[index] = value.numerator * _inverse(value.denominator, prime) % prime
        elif op == "symbol":
            found[index] = random.randrange(2, prime)
        elif op == "add":
            found[index] = sum([found[arg] for arg in args]) % prime
        elif op == "mul":
            total = 1
            for arg in args:
                total = total * found[arg] % prime
            found[index] = total
        elif op == "pow":
            found[index] = _power(found[args[0]], known[args[1]], prime)
        elif op == "call":
            found[index] = _factorial(known[args[0]], prime)
        else:
            name = zlib.crc32(str(value).encode(errors="backslashreplace"))
            found[index] = Random(f"{salt} {name} {[found[arg] for arg in args]}").randrange(prime)
    return found


def _power(base: int, exponent: int, prime: int) -> int:
    return pow(base, exponent, prime) if exponent >= 0 else pow(_inverse(base, prime), -exponent, prime)


def _inverse(value: int, prime: int) -> int:
    value %= prime
    if value == 0:
        raise Pole
    return value if value == 1 else pow(value, -1, prime)


def _factorial(n: int, prime: int) -> int:
    total = 1
    for factor in range(2, n + 1):
        total = total * factor % prime
    return total
