"""The points at which two expressions are compared: deterministic, generic, positive ones first."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from rewards.math.algebra.forms import Forms

_INTEGER_NAMES = frozenset("ijklmn")
_SCALES = ((0.2, 1.0), (1.0, 4.0), (0.2, 1.0), (1.0, 4.0))
_WIDE = ((4.0, 40.0), (40.0, 400.0), (0.01, 0.2), (400.0, 4e3), (4e3, 4e4))
TURNS = 40
GRID = 1 << 16
Coordinate = tuple[Fraction, Fraction]
"""Real and imaginary part, both multiples of 1/GRID: exact in every arithmetic."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What the symbols of two expressions range over.

    Attributes:
        symbols: their steps.
        integers: those that take positive integers: exponents of -1, arguments of factorials.
        steps: those under a floor: integers are among their values.
        complex: whether symbols take complex values, because parts or arguments of them are asked for.
        imaginary: whether values off the real line belong to the expressions, because they write i.
    """

    symbols: tuple[int, ...]
    integers: frozenset[int]
    steps: frozenset[int]
    complex: bool
    imaginary: bool


def domain(forms: Forms, order: list[int]) -> Domain:
    """Read off the domain of the steps."""
    below: dict[int, frozenset[int]] = {}
    integers, stepped = set[int](), set[int]()
    parts = imaginary = False
    for index in order:
        op, value, args = forms.steps[index]
        inside = frozenset((index,)) if op == "symbol" else frozenset().union(*(below[arg] for arg in args))
        below[index] = inside
        imaginary |= op == "constant" and value == "i"
        if op == "call":
            parts |= value in ("re", "im", "arg", "conjugate") and bool(inside)
            if value in ("factorial", "doublefactorial", "gcd", "lcm"):
                integers |= inside
            elif value in ("floor", "sgn"):
                stepped |= inside
        elif op == "pow" and (base := forms.value(args[0])) is not None and base < 0:
            integers |= below[args[1]]
    integers |= {s for s in stepped if str(forms.steps[s].value)[:1] in _INTEGER_NAMES}
    symbols = tuple(index for index in order if forms.steps[index].op == "symbol")
    return Domain(
        symbols, frozenset(integers), frozenset(stepped), parts and not integers, imaginary or parts
    )


def points(forms: Forms, where: Domain, seed: int) -> Iterator[dict[int, Coordinate]]:
    """Yield points, the same ones for the same seed. A symbol's coordinates depend on its name alone."""
    for turn in range(TURNS):
        scales = _SCALES if turn < 10 else _WIDE
        low, high = scales[turn % len(scales)]
        signed = 4 <= turn < 10 or (turn % 2 == 1 and turn >= 10)
        point: dict[int, Coordinate] = {}
        for symbol in where.symbols:
            random = Random(
                zlib.crc32(f"{seed} {turn} {forms.steps[symbol].value}".encode(errors="backslashreplace"))
            )
            if symbol in where.integers:
                point[symbol] = Fraction(random.randint(1, 4 + turn)), Fraction(0)
                continue
            if symbol in where.steps and turn % 2:
                point[symbol] = Fraction(random.randint(-4, 4)), Fraction(0)
                continue
            sign = -1 if signed and (turn == 4 or random.random() < 0.5) else 1
            real = sign * Fraction(random.randint(int(low * GRID), int(high * GRID)), GRID)
            other = Fraction(random.randint(-GRID, GRID), GRID) if where.complex else Fraction(0)
            point[symbol] = real, other
        yield point
