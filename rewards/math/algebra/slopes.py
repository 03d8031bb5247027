"""How much a function amplifies an error: bounds on log2 of its derivative."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewards.math.algebra.fields import Doubles, Precise

_FLAT = frozenset(("abs", "re", "im", "conjugate", "arsinh", "arctan", "tanh"))


def slope(name: str, x: Any, value: Any, field: Doubles | Precise, error: int) -> int | None:
    """Return m with |f'(x)| < 2^m; None where x is at a singular point, as far as the precision tells.

    Args:
        name: the function f.
        x: its argument.
        value: f(x).
        field: the arithmetic of both.
        error: log2 of the error of the argument.
    """
    size = field.mag(value) if value else 0
    curved = field.is_complex(x)
    if name in ("sin", "cos"):
        return 1 + (int(abs(float(x.imag)) * 1.5) if curved else 0)
    if name == "tan":
        return 2 * max(size, 0) + 1 if error + max(size, 0) < -3 else None
    if name in ("sinh", "cosh"):
        return max(size, 0) + 2
    if name == "exp":
        return size
    if name in ("ln", "arg"):
        return 1 - field.mag(x)
    if name in _FLAT and not curved:
        return 1
    if name in ("abs", "re", "im", "conjugate"):
        return 1
    if name == "factorial":
        return _factorial(x, size, field)
    return _inverse(name, x, field, error)


def _factorial(x: Any, size: int, field: Doubles | Precise) -> int | None:
    if x > -0.5:
        return size + max(field.mag(x) if x else 0, 1).bit_length() + 1
    gap = abs(float(x) - round(float(x)))
    return size + 4 - math.frexp(gap)[1] * 2 if gap > 1e-6 else None


def _inverse(name: str, x: Any, field: Doubles | Precise, error: int) -> int | None:
    square = -x * x if name in ("arsinh", "arctan") or (name == "tanh") else x * x
    inside = 1 - square
    if not inside:
        return None
    size = field.mag(inside)
    if size < -field.prec // 3 or size < error + max(field.mag(x), 0) + 4:
        return None
    return 2 - size if name in ("arctan", "artanh", "tanh") else 2 - size // 2
