"""Expressions as hash-consed steps: equal parts have one number, so equal forms are found by comparing integers.

Building a step normalises it cheaply: sums collect like terms, products collect powers of one base, numbers fold
while they are small. What two different forms mean is decided by evaluating them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from rewards.math.algebra.arithmetic import FOLD_BITS, bits, exact_root, power
from rewards.math.algebra.decision import Undefined
from rewards.math.verdict import OverBudget

STEPS = 6000
"""The most steps of one comparison."""
ONE = Fraction(1)


class Step(NamedTuple):
    """One operation: `number`, `symbol`, `constant`, `add`, `mul`, `pow` or `call`; `args` are earlier steps."""

    op: str
    value: Fraction | str
    args: tuple[int, ...] = ()


class Forms:
    """The steps of the expressions being compared, each built once; every method returns a step's number."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._ids: dict[Step, int] = {}
        self._work = 0

    def put(self, op: str, value: Fraction | str, args: tuple[int, ...] = ()) -> int:
        """Add a step as it is."""
        step = Step(op, value, args)
        found = self._ids.get(step)
        if found is None:
            found = self._ids[step] = len(self.steps)
            self.steps.append(step)
            self.spend(len(args))
            if found >= STEPS:
                raise OverBudget(f"more than {STEPS} parts")
        return found

    def spend(self, amount: int) -> None:
        """Count work that does not end in a new step. Raises `OverBudget`."""
        self._work += amount
        if self._work > 10 * STEPS:
            raise OverBudget("too many parts")

    def number(self, value: Fraction | int) -> int:
        """An exact number."""
        return self.put("number", value if type(value) is Fraction else Fraction(value))

    def value(self, step: int) -> Fraction | None:
        """The number that a step is, or None."""
        found = self.steps[step]
        return found.value if type(found.value) is Fraction else None

    def add(self, terms: list[int]) -> int:
        """A sum, like terms collected."""
        total, parts = Fraction(0), dict[int, Fraction]()
        for term in self._flat("add", terms):
            coefficient, rest = self.split(term)
            if rest is None and bits(coefficient) + bits(total) <= FOLD_BITS:
                total += coefficient
            elif rest is None:
                parts[term] = parts.get(term, Fraction(0)) + 1
            else:
                parts[rest] = parts.get(rest, Fraction(0)) + coefficient
        done = sorted(self.mul([self.number(c), rest]) if c != 1 else rest for rest, c in parts.items() if c)
        if total or not done:
            done.insert(0, self.number(total))
        return done[0] if len(done) == 1 else self.put("add", "", tuple(done))

    def _flat(self, op: str, parts: list[int]) -> list[int]:
        found: list[int] = []
        for part in parts:
            step = self.steps[part]
            found.extend(step.args if step.op == op else (part,))
        self.spend(len(found))
        return found

    def split(self, term: int) -> tuple[Fraction, int | None]:
        """Return the numeric factor of a term and the rest; None = nothing is left."""
        step, value = self.steps[term], self.value(term)
        if value is not None:
            return value, None
        if step.op == "mul" and (first := self.value(step.args[0])) is not None:
            if bits(first) > FOLD_BITS:
                return ONE, term
            rest = step.args[1:]
            return first, rest[0] if len(rest) == 1 else self.put("mul", "", rest)
        return ONE, term

    def mul(self, factors: list[int]) -> int:
        """A product, powers of one base collected."""
        coefficient, powers, large = ONE, dict[int, list[int]](), list[int]()
        one = self.number(1)
        for factor in self._flat("mul", factors):
            value, step = self.value(factor), self.steps[factor]
            if value is not None and (bits(value) + bits(coefficient) <= FOLD_BITS or value == 0):
                coefficient *= value
            elif value is not None:
                large.append(factor)
            elif step.op == "pow":
                powers.setdefault(step.args[0], []).append(step.args[1])
            else:
                powers.setdefault(factor, []).append(one)
        if coefficient == 0:
            return self.number(0)
        return self._product(coefficient, powers, large)

    def _product(self, coefficient: Fraction, powers: dict[int, list[int]], large: list[int]) -> int:
        done, folded = list(large), False
        for base, exponents in powers.items():
            raised = self.pow(base, exponents[0] if len(exponents) == 1 else self.add(exponents))
            value, step = self.value(raised), self.steps[raised]
            if value is not None and bits(value) + bits(coefficient) <= FOLD_BITS:
                coefficient *= value
            else:
                folded |= step.op == "mul"
                done.append(raised)
        if folded:
            return self.mul([self.number(coefficient), *done])
        done.sort()
        if coefficient != 1 or not done:
            done.insert(0, self.number(coefficient))
        return done[0] if len(done) == 1 else self.put("mul", "", tuple(done))

    def pow(self, base: int, exponent: int) -> int:
        """A power."""
        step, value, number = self.steps[base], self.value(base), self.value(exponent)
        if number == 1 or (value == 1):
            return base
        if number is None:
            return self._power_of_power(base, exponent)
        if number == 0:
            return self.number(1)
        if value is not None:
            return self._number_power(base, value, number)
        if step.op == "constant" and step.value == "i" and number.denominator == 1:
            return self._unit_power(base, int(number) % 4)
        if step.op == "mul" and number.denominator == 1:
            return self.mul([self.pow(factor, exponent) for factor in step.args])
        return self._power_of_power(base, exponent)

    def _power_of_power(self, base: int, exponent: int) -> int:
        step, number = self.steps[base], self.value(exponent)
        if step.op == "pow":
            inner, whole = self.value(step.args[0]), number is not None and number.denominator == 1
            if whole or (inner is not None and inner > 0 and self.value(step.args[1]) is not None):
                return self.pow(step.args[0], self.mul([step.args[1], exponent]))
        return self.put("pow", "", (base, exponent))

    def _unit_power(self, unit: int, exponent: int) -> int:
        if exponent % 2:
            return unit if exponent == 1 else self.mul([self.number(-1), unit])
        return self.number(1 - exponent)

    def _number_power(self, base: int, value: Fraction, exponent: Fraction) -> int:
        if value == 0 and exponent < 0:
            raise Undefined("division by zero")
        if value < 0 and exponent.denominator == 2 and bits(exponent) < 64:
            unit = self._unit_power(self.put("constant", "i"), exponent.numerator % 4)
            return self.mul([unit, self.pow(self.number(-value), self.number(exponent))])
        root: Fraction | None = value
        if exponent.denominator > 1 and bits(value) <= FOLD_BITS and exponent.denominator < FOLD_BITS:
            root = exact_root(abs(value), exponent.denominator)
            if root is not None and value < 0:
                root = -root if exponent.denominator % 2 else None
        elif exponent.denominator > 1:
            root = None
        try:
            if root is not None:
                return self.number(power(root, exponent.numerator, FOLD_BITS))
        except OverBudget:
            if exponent.denominator > 1 and root is not None:
                return self.pow(self.number(root), self.number(exponent.numerator))
        return self.put("pow", "", (base, self.number(exponent)))
