"""The two arithmetics that points are evaluated in: doubles, and mpmath at any precision.

mpmath is imported at the first use. Its caches and its context are shared by all threads, so every use of the
precise field happens under `LOCK`.
"""

from __future__ import annotations

import cmath
import functools
import math
import os
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from rewards.math.verdict import OverBudget

LOCK = threading.RLock()
GAMMA_INTEGER = 2000
GAMMA_BITS = 700


def _renew_lock() -> None:
    global LOCK
    LOCK = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)  # another thread may have held it

Function = Callable[[Any], Any]


def _either(real: Function, other: Function) -> Function:
    def call(value: Any) -> Any:
        if type(value) is complex:
            return other(value)
        try:
            return real(value)
        except ValueError:
            return other(complex(value))

    return call


def _double_functions() -> dict[str, Function]:
    names = {
        "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
        "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
        "ln": "log", "exp": "exp",
    }  # fmt: skip
    found = {name: _either(getattr(math, other), getattr(cmath, other)) for name, other in names.items()}
    return found | {
        "abs": abs,
        "floor": lambda v: float(math.floor(v)),
        "factorial": lambda v: math.gamma(v + 1),
        "re": lambda v: complex(v).real,
        "im": lambda v: complex(v).imag,
        "arg": lambda v: cmath.phase(complex(v)),
        "conjugate": lambda v: v.conjugate(),
    }


def near_cut(name: str, value: Any, tiny: Callable[[Any], bool]) -> bool:
    """Whether a complex value may lie on a branch cut of a function; `tiny` says what its error may hide."""
    if name in ("arctan", "arsinh"):
        return abs(value.imag) > 0.99 and tiny(value.real)
    if name in ("arcsin", "arccos", "artanh"):
        return abs(value.real) > 0.99 and tiny(value.imag)
    if name in ("ln", "arg", "arcosh"):
        return bool(value.real < (1.01 if name == "arcosh" else 0)) and tiny(value.imag)
    return False


class Doubles:
    """Double precision. Functions of a real that leave the reals give complex values."""

    prec = 50
    range = 1000
    """Results are below 2^range."""
    real = float

    def __init__(self) -> None:
        self.constants = {"pi": math.pi, "e": math.e, "i": 1j}
        self.functions: dict[str, Function] = _double_functions()

    @staticmethod
    def number(value: Fraction) -> float:
        """A fraction as a double. Raises OverflowError."""
        return value.numerator / value.denominator

    @staticmethod
    def mag(value: Any) -> int:
        """Return m with |value| < 2^m, nearly tight; `value` is not 0."""
        return math.frexp(abs(value))[1]

    @staticmethod
    def is_complex(value: Any) -> bool:
        """Whether the value has an imaginary part."""
        return type(value) is complex

    @staticmethod
    def finite(value: Any) -> bool:
        """Whether the value is a number, and small enough to have a square."""
        return bool(abs(value) < 1e150)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        """A power; the caller keeps real results real."""
        return base**exponent


DOUBLES = Doubles()


class Precise:
    """mpmath with a context of its own at `prec` bits. Use it under `LOCK`."""

    range = 1200
    """Results are below 2^(2^range): exponents are integers of any size."""

    def __init__(self, prec: int) -> None:
        self.prec = prec
        ctx = self.ctx = _context()
        ctx.prec = prec + 10
        self.real = ctx.mpf
        self.constants = {"pi": +ctx.pi, "e": +ctx.e, "i": ctx.mpc(0, 1)}
        self.mag = ctx.mag
        self.finite = ctx.isfinite
        self.functions: dict[str, Function] = _precise_functions(ctx)

    def number(self, value: Fraction) -> Any:
        """A fraction, rounded to the precision."""
        return self.ctx.mpf(value.numerator) / value.denominator

    def is_complex(self, value: Any) -> bool:
        """Whether the value has an imaginary part."""
        return isinstance(value, self.ctx.mpc)

    @staticmethod
    def power(base: Any, exponent: Any) -> Any:
        """A power; the caller keeps real results real."""
        return base**exponent


@functools.cache
def _context() -> Any:
    import mpmath

    return mpmath.MPContext()


@functools.cache
def _precise_functions(ctx: Any) -> dict[str, Function]:
    names = {
        "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh",
        "artanh": "atanh", "abs": "fabs", "conjugate": "conj",
    }  # fmt: skip
    same = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "exp", "floor", "factorial", "re", "im", "arg")
    found: dict[str, Function] = {name: getattr(ctx, names.get(name, name)) for name in (*names, *same)}
    return found | {"factorial": lambda value: _factorial(ctx, value)}


def _factorial(ctx: Any, value: Any) -> Any:
    """The coefficients of a gamma function of high precision take seconds: only integers get one."""
    if value == int(value) and 0 <= value <= GAMMA_INTEGER:
        return ctx.mpf(math.factorial(int(value)))
    if ctx.prec > GAMMA_BITS:
        raise OverBudget(f"a factorial to more than {GAMMA_BITS} bits")
    return ctx.factorial(value)
