"""Evaluation of steps at a point, with a bound on the error of every value.

A value comes with e such that its error is below 2^e. Two values that differ by more are different for certain;
two that do not are taken as equal only where e is far below their size. This first-order error analysis is
that of Higham, "Accuracy and Stability of Numerical Algorithms", chapters 1-3.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from rewards.math.algebra.fields import Doubles, Precise, near_cut
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.slopes import slope
from rewards.math.verdict import OverBudget

EXACT = -(1 << 60)
HUGE = 1 << 16
MOST = dict.fromkeys(("sin", "cos", "tan", "sinh", "cosh", "tanh"), 200) | {"factorial": 40}
"""Arguments of functions are below 2^MOST: beyond, the time of a function grows with its argument."""
_COMMON = {"gcd": math.gcd, "lcm": math.lcm}
Field = Doubles | Precise
Value = tuple[Any, int]


class Outside(ArithmeticError):  # noqa: N818 - a state of the point
    """The expression has no (real) value at the point."""


class Blurred(ArithmeticError):  # noqa: N818
    """The precision does not tell which value it is: a floor at an integer, a branch, a pole, an overflow."""


class Evaluation:
    """One evaluation of steps.

    Args:
        forms: the steps.
        field: the arithmetic.
        point: values of the symbols, exact in the field.
        real: refuse values off the real line (`Outside`).
        exact: values of steps that are known exactly.
    """

    def __init__(
        self,
        forms: Forms,
        field: Field,
        point: Mapping[int, Any],
        real: bool,
        exact: Mapping[int, Fraction] | None = None,
    ) -> None:
        self.forms, self.field, self.point, self.real = forms, field, point, real
        self.exact = exact or {}
        self.peak = 0
        """The largest |log2| of a term of a sum: how much cancellation there can be."""

    def run(self, order: list[int]) -> dict[int, Value]:
        """Return the values of the steps, which come in the order they need each other.

        Raises:
            Outside: no value. Blurred: more precision is needed. OverBudget: a value is out of range.
        """
        found: dict[int, Value] = {}
        for index in order:
            op, value, args = self.forms.steps[index]
            try:
                if index in self.exact:
                    done = self._leaf(index, "number", self.exact[index])
                elif op == "add":
                    done = self._add([found[arg] for arg in args])
                elif op == "mul":
                    done = self._mul([found[arg] for arg in args])
                elif op == "pow":
                    done = self._pow(found[args[0]], found[args[1]], self.forms.value(args[1]))
                elif op == "call":
                    done = self._call(str(value), [found[arg] for arg in args])
                elif op in ("unknown", "opaque"):
                    done = self._opaque(str(value), [found[arg] for arg in args])
                else:
                    done = self._leaf(index, op, value)
            except OverBudget:
                raise
            except (OverflowError, ValueError, ZeroDivisionError) as error:
                raise Blurred from error
            if not self.field.finite(done[0]):
                raise Blurred
            if self.real and self.field.is_complex(done[0]):
                raise Outside
            found[index] = done
        return found

    def _leaf(self, index: int, op: str, value: Fraction | str) -> Value:
        field = self.field
        if type(value) is Fraction:
            if value == 0:
                return field.real(0), EXACT
            number = field.number(value)
            if number == 0:
                raise Blurred
            return number, field.mag(number) - field.prec
        if op == "constant":
            if value not in field.constants:
                raise Outside
            number = field.constants[str(value)]
            return number, 2 - field.prec
        number = self.point[index]
        return number, field.mag(number) - field.prec

    def _add(self, parts: list[Value]) -> Value:
        mag, prec = self.field.mag, self.field.prec
        total, error = parts[0]
        for value, blur in parts:
            if value:
                size = mag(value)
                self.peak = max(self.peak, abs(size))
                error = max(error, blur, size - prec)
        for value, _ in parts[1:]:
            total = total + value
        return total, error + len(parts).bit_length()

    def _mul(self, parts: list[Value]) -> Value:
        mag, prec = self.field.mag, self.field.prec
        total, error = parts[0]
        for value, blur in parts[1:]:
            left = max(mag(total), error) if total else error
            right = max(mag(value), blur) if value else blur
            total, before = total * value, total and value
            if not total and before:
                raise Blurred
            error = max(error + right, blur + left, left + right - prec) + 1
        return total, error

    def _pow(self, base: Value, exponent: Value, exact: Fraction | None) -> Value:
        (x, ex), (y, ey) = base, exponent
        field = self.field
        if not x or field.mag(x) <= ex + 3:
            return self._zero_power(x, ex, exact)
        if not y:
            return field.real(1), ey + abs(field.mag(x)).bit_length()
        relative = ex - field.mag(x)
        self._guard(field.mag(x), field.mag(y))
        if exact is not None and exact.denominator == 1:
            value, loss = field.power(x, int(exact)), relative + abs(int(exact)).bit_length()
        else:
            value = self._general_power(x, y, exact, ex)
            width = max(abs(field.mag(x)), 1).bit_length() + 2
            loss = max(relative + max(field.mag(y), 0), ey + width)
        if not value:
            raise Blurred
        return value, field.mag(value) + max(loss, -field.prec) + 2

    def _guard(self, size: int, exponent: int) -> None:
        if exponent + max(abs(size), 1).bit_length() > self.field.range:
            raise OverBudget("a power beyond the range of the arithmetic")

    def _zero_power(self, x: Any, error: int, exact: Fraction | None) -> Value:
        if exact is None or exact < 0:
            raise Outside if not x and error == EXACT else Blurred
        if not x and error == EXACT:
            return x, EXACT
        if exact.denominator > 1 and x and not self.field.is_complex(x) and x < 0:
            x = -x
        bound = max(error, self.field.mag(x) if x else error) + 3
        return self.field.power(x, self._exponent(exact)), int(bound * float(exact)) + 2

    def _exponent(self, exact: Fraction) -> Any:
        return int(exact) if exact.denominator == 1 else self.field.number(exact)

    def _general_power(self, x: Any, y: Any, exact: Fraction | None, error: int) -> Any:
        field = self.field
        if field.is_complex(x) and near_cut("ln", x, lambda part: self._tiny(part, error)):
            raise Blurred
        if field.is_complex(x) or field.is_complex(y) or x > 0:
            return field.power(x, y)
        if exact is not None and exact.denominator % 2:  # the real root of a negative number
            root = field.power(-x, y)
            return -root if exact.numerator % 2 else root
        if exact is None and y == round(float(y)) and abs(y) < 1 << 30:
            return field.power(x, round(float(y)))
        if self.real:
            raise Outside
        return field.power(x + 0j, y) if isinstance(field, Doubles) else field.power(x, y)

    def _call(self, name: str, args: list[Value]) -> Value:
        if name in ("min", "max"):
            return self._extreme(name, args)
        if name in ("gcd", "lcm", "doublefactorial"):
            return self._of_integers(name, args)
        field, (x, error) = self.field, args[0]
        function = field.functions.get(name)
        if name == "sgn":
            return self._sign(x, error)
        if function is None or len(args) != 1:
            raise Outside
        size = field.mag(x) if x else error
        if size > MOST.get(name, HUGE):
            raise OverBudget(f"{name} of a huge value")
        self._check(name, x, error)
        try:
            value = function(x)
        except (ValueError, ZeroDivisionError) as why:
            raise Outside from why
        if name == "floor":
            return value, EXACT
        growth = slope(name, x, value, field, error)
        if growth is None:
            raise Blurred
        own = (field.mag(value) if value else 0) - field.prec + 2
        return value, max(error + growth + 1, own)

    def _check(self, name: str, x: Any, error: int) -> None:
        field = self.field
        if field.is_complex(x) and near_cut(name, x, lambda part: self._tiny(part, error)):
            raise Blurred
        if name in ("floor", "factorial") and field.is_complex(x):
            raise Outside
        if name == "floor":
            nearest = field.functions["floor"](x + 0.5)
            gap = x - nearest
            if error > 0 or (error != EXACT and (not gap or field.mag(gap) <= error + 2)):
                raise Blurred
        elif name in ("ln", "arg"):
            if not x:
                raise Outside
            if field.mag(x) <= error + 3:
                raise Blurred

    def _tiny(self, part: Any, error: int) -> bool:
        return not part or self.field.mag(part) <= error + 2

    def _sign(self, x: Any, error: int) -> Value:
        if self.field.is_complex(x):
            raise Outside
        if x and self.field.mag(x) <= error + 3:
            raise Blurred
        return self.field.real((x > 0) - (x < 0)), EXACT

    def _of_integers(self, name: str, args: list[Value]) -> Value:
        whole: list[int] = []
        for value, error in args:
            if self.field.is_complex(value) or error > -3 or abs(value) > 1e9:
                raise Outside if error <= -3 else Blurred
            nearest = round(float(value))
            if value != nearest and self.field.mag(value - nearest) > error + 1:
                raise Outside
            whole.append(nearest)
        if name == "doublefactorial" and not -2 < whole[0] < 150:
            raise Outside
        found = math.prod(range(whole[0], 0, -2)) if name == "doublefactorial" else _COMMON[name](*whole)
        return self._leaf(0, "number", Fraction(found))

    def _extreme(self, name: str, args: list[Value]) -> Value:
        if any(self.field.is_complex(value) for value, _ in args):
            raise Outside
        value = (min if name == "min" else max)(value for value, _ in args)
        return value, max(error for _, error in args)

    def _opaque(self, name: str, args: list[Value]) -> Value:
        """An unknown function as a smooth one that depends on its name only: equal arguments, equal values."""
        field = self.field
        state = zlib.crc32(f"{name} {len(args)}".encode(errors="backslashreplace"))
        total, error = field.number(Fraction(state % 997 + 1, 1009)), 2 - field.prec
        for place, (value, blur) in enumerate(args, start=1):
            weight = field.number(Fraction((state >> place) % 613 + 211, 509))
            size = max(field.mag(value), 0) if value else 0
            if size > 60:
                raise Blurred
            total = total + weight * value
            error = max(error, blur + 2, size - field.prec) + 2
        return field.functions["sin"](total) + field.number(Fraction(state % 89 + 150, 97)), error + 3
