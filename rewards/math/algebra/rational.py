"""Exact values of the rational steps at a point: a floor or a sign at an integer is no matter of rounding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from rewards.math.algebra.arithmetic import bits, power
from rewards.math.algebra.decision import Undefined
from rewards.math.algebra.forms import Forms, Step
from rewards.math.verdict import OverBudget

BITS = 2048
JUMPS = frozenset(("floor", "sgn"))


def jumps(forms: Forms, order: list[int]) -> bool:
    """Whether some step jumps between values, so that exact arguments are worth their cost."""
    return any(step.op == "call" and step.value in JUMPS for step in map(forms.steps.__getitem__, order))


def exact_steps(forms: Forms, order: list[int], point: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """Return the values of the steps that are rational at the point, as far as they stay small."""
    found: dict[int, Fraction] = {}
    for index in order:
        step = forms.steps[index]
        if type(step.value) is Fraction:
            value: Fraction | None = step.value
        elif step.op == "symbol":
            value = point.get(index)
        elif all(arg in found for arg in step.args):
            value = _value(step, [found[arg] for arg in step.args])
        else:
            value = None
        if value is not None:
            found[index] = value
    return found


def _value(step: Step, args: list[Fraction]) -> Fraction | None:
    if sum(map(bits, args)) > BITS:
        return None
    if step.op == "add":
        return sum(args, Fraction(0))
    if step.op == "mul":
        return math.prod(args, start=Fraction(1))
    if step.op == "pow" and args[1].denominator == 1:
        try:
            return power(args[0], int(args[1]), BITS)
        except (OverBudget, Undefined):
            return None
    if step.op == "call" and step.value == "floor":
        return Fraction(math.floor(args[0]))
    if step.op == "call" and step.value == "sgn":
        return Fraction((args[0] > 0) - (args[0] < 0))
    return abs(args[0]) if step.op == "call" and step.value == "abs" else None
