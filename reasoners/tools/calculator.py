"""The tool `calculator`: exact arithmetic on an expression. It reads numbers and operators, and no Python."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from reasoners.tools.sandbox import ToolError

Number = Fraction | float
MOST_CHARS, MOST_BITS, DIGITS = 500, 4096, 15
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(math, name)
    for name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan")
}
CONSTANTS = {"pi": math.pi, "e": math.e}


def calculator_tool() -> Callable[[str], str]:
    """Return the tool."""

    def calculator(expression: str) -> str:
        """Compute an arithmetic expression.

        Args:
            expression: numbers with + - * / // % ** and brackets, abs, round, sqrt, exp, log, sin, cos, tan, pi, e.

        Returns:
            The value, exact where it is a whole number.
        """
        return calculate(expression)

    return calculator


def calculate(expression: str) -> str:
    """Return the value of an expression as text: exact for whole numbers, else 15 digits.

    Raises:
        ToolError: it is no arithmetic, divides by zero, or the number is too large.
    """
    if not isinstance(expression, str) or len(expression) > MOST_CHARS:
        raise ToolError(f"an expression is a text of at most {MOST_CHARS} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return _shown(_value(tree.body))
    except ZeroDivisionError:
        raise ToolError("division by zero") from None
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError, TypeError) as error:
        raise ToolError(f"cannot compute this: {type(error).__name__}: {error}"[:200]) from None


def _value(node: ast.expr) -> Number:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return _bounded(Fraction(str(node.value)) if math.isfinite(node.value) else node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
        if type(node.op) in BINARY:
            return _bounded(BINARY[type(node.op)](left, right))
    if isinstance(node, ast.Name) and node.id in CONSTANTS:
        return CONSTANTS[node.id]
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and not node.keywords
        and len(node.args) == 1
    ):
        return _call(node.func.id, _value(node.args[0]))
    raise ToolError(f"only arithmetic can be computed, not `{ast.unparse(node)[:60]}`")


def _call(name: str, value: Number) -> Number:
    if name == "abs":
        return value if value >= 0 else -value
    if name == "round":
        return Fraction(round(value))
    if name in FUNCTIONS:
        return _bounded(FUNCTIONS[name](value))
    raise ToolError(f"no function `{name[:30]}`; there are abs, round, {', '.join(FUNCTIONS)}")


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if size * abs(exponent.numerator) > MOST_BITS:
            raise ToolError("the number is too large")
        exact: Fraction = base**exponent.numerator
        return exact
    found: Any = float(base) ** float(exponent)
    if isinstance(found, complex):
        raise ToolError("the value is no real number")
    return _bounded(found)


def _bounded(value: Any) -> Number:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ToolError("the number is too large")
        return value
    exact = Fraction(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > MOST_BITS:
        raise ToolError("the number is too large")
    return exact


def _shown(value: Number) -> str:
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if value.denominator == 1:
        return str(value.numerator)
    found = Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{found.normalize():f}" if abs(found) > Decimal("1e-7") else f"{found.normalize():e}"
