"""What a constant expression is worth: exactly, to a number of digits, as a double."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from rewards.math.algebra import fields
from rewards.math.algebra.arithmetic import bits, factorial_bits, power
from rewards.math.algebra.build import Builder
from rewards.math.algebra.decision import Undefined, Unsupported
from rewards.math.algebra.evaluate import Blurred, Evaluation, Outside
from rewards.math.algebra.fields import DOUBLES, Precise
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.identity import reachable
from rewards.math.tree import Node, Number
from rewards.math.verdict import OverBudget

EXACT_BITS = 100_000
"""Exact values have at most this many bits, 30,000 digits."""
ZERO_BITS = 1000
DIGITS = 1000
"""The most digits that `approx` gives."""


def exact_value(node: Node) -> Fraction | None:
    """Return the value of a rational expression as a fraction, or None where it is not known to be rational.

    Raises:
        OverBudget: it is rational arithmetic with results of more than `EXACT_BITS` bits.
    """
    if isinstance(node, Number):
        return node.value
    forms = Forms()
    builder = Builder(forms)
    try:
        root = builder.build(node)
    except (Unsupported, Undefined):
        return None
    if builder.choices and forms.value(root) is None:
        return _decimal(node)
    return _exact(forms, root)


def _decimal(node: Node) -> Fraction | None:
    forms = Forms()
    try:
        return _exact(forms, Builder(forms, ten=True).build(node))
    except Undefined:
        return None


def _exact(forms: Forms, root: int) -> Fraction | None:
    found: dict[int, Fraction] = {}
    for index in reachable(forms, (root,)):
        step = forms.steps[index]
        args = [found[arg] for arg in step.args]
        if type(step.value) is Fraction:
            found[index] = step.value
        elif step.op == "add":
            _bound(sum(map(bits, args)))
            found[index] = sum(args, Fraction(0))
        elif step.op == "mul":
            _bound(sum(map(bits, args)))
            found[index] = math.prod(args, start=Fraction(1))
        elif step.op == "pow" and args[1].denominator == 1:
            found[index] = power(args[0], int(args[1]), EXACT_BITS)
        elif step.op == "call" and step.value == "factorial" and args[0].denominator == 1 and args[0] >= 0:
            _bound(factorial_bits(int(args[0])))
            found[index] = Fraction(math.factorial(int(args[0])))
        else:
            return None
    return found[root]


def _bound(size: int) -> None:
    if size > EXACT_BITS:
        raise OverBudget(f"a number of more than {EXACT_BITS} bits")


def approx(node: Node, digits: int) -> Any | None:
    """Return the real value of a constant expression as an mpmath number, `digits` of its digits guaranteed.

    A logarithm without base is natural. A value below 2^-`ZERO_BITS` is 0. None where the value is not real,
    not constant or not defined. Arithmetic with the number is at mpmath's own precision: read its `_mpf_`.

    Raises:
        OverBudget: the value is out of range, or the digits cannot be guaranteed within the budget.
    """
    if digits > DIGITS:
        raise OverBudget(f"more than {DIGITS} digits")
    forms = Forms()
    try:
        root = Builder(forms).build(node)
    except (Unsupported, Undefined):
        return None
    order = reachable(forms, (root,))
    if any(forms.steps[index].op in ("symbol", "opaque", "unknown") for index in order) or len(order) > 500:
        return None
    wanted = math.ceil(digits * math.log2(10)) + 4
    with fields.LOCK:
        return _approximate(forms, order, root, wanted)


def _approximate(forms: Forms, order: list[int], root: int, wanted: int) -> Any | None:
    for extra in (30, 200, 1000, 3000):
        field = Precise(wanted + extra)
        try:
            value, error = Evaluation(forms, field, {}, real=False).run(order)[root]
        except Outside:
            return None
        except Blurred:
            continue
        if field.is_complex(value):
            if value.imag and field.mag(value.imag) > error + 2:
                return None
            value = value.real
        if value and field.mag(value) - error > wanted:
            return value
        if error < -ZERO_BITS and (not value or field.mag(value) <= error + 1):
            return field.real(0)
    raise OverBudget("the value has too few certain digits")


def _double(forms: Forms, root: int) -> float | None:
    """The value in double precision, if it is real and right to ten digits there."""
    order = reachable(forms, (root,))
    if any(forms.steps[index].op in ("symbol", "opaque", "unknown") for index in order):
        return None
    try:
        value, error = Evaluation(forms, DOUBLES, {}, real=True).run(order)[root]
    except (Outside, Blurred, OverBudget):
        return None
    return float(value) if value and DOUBLES.mag(value) - error > 33 else None


def real_value(node: Node) -> float | None:
    """Return the value of a constant real expression as a double (infinities too), or None."""
    forms = Forms()
    try:
        root = Builder(forms).build(node)
        coefficient, rest = forms.split(root)
        if rest is not None and forms.steps[rest] == ("constant", "infinity", ()):
            return math.copysign(math.inf, coefficient)
        value = forms.value(root)
        found = value if value is not None else _double(forms, root)
        if found is None:
            found = approx(node, 17)
        done = None if found is None else float(found)
        return done if done is None or math.isfinite(done) else None
    except (OverBudget, OverflowError, Unsupported, Undefined):
        return None
