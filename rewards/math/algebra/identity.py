"""The order of the tests: form, infinities, rational arithmetic modulo primes, values at points."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from fractions import Fraction

from rewards.math.algebra import modular
from rewards.math.algebra.build import Builder
from rewards.math.algebra.decision import Decision, Undefined, Unsupported
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.numeric import numeric
from rewards.math.tree import Node
from rewards.math.verdict import OverBudget

SMALL = (1, 2, 3, 5, 6)


def identity(left: Node, right: Node) -> Decision:
    """Decide whether two trees are the same function of their symbols; a bare log is one of base e, or else 10."""
    natural = Question(left, right)
    decision = natural.answer({})
    if natural.choices and not decision.equal:
        other = Question(left, right, ten=True).answer({})
        decision = other if decision.equal is False or other.equal else decision
    return decision


class Question:
    """Whether two trees are equal, for one reading of logarithms without a base."""

    def __init__(self, left: Node, right: Node, ten: bool = False) -> None:
        self.trees, self.ten = (left, right), ten
        self.choices = False

    def answer(self, at: Mapping[str, int]) -> Decision:
        """Return the decision with some symbols set to integers; nothing is raised."""
        forms = Forms()
        builder = Builder(forms, self.ten)
        names = {name: forms.number(value) for name, value in at.items()}
        try:
            left, right = (builder.build(tree, names) for tree in self.trees)
            decision = decide(forms, (left, right))
        except OverBudget:
            return Decision(None, "over budget")
        except Unsupported:
            return Decision(None, "not scalar")
        except Undefined:
            return Decision(None, "undefined")
        finally:
            self.choices |= builder.choices
        if decision.equal is None and not at and (bounds := _bounds(forms, (left, right))):
            return self._at_integers(bounds)
        return decision

    def _at_integers(self, bounds: list[str]) -> Decision:
        """Write sums out for a few values of their symbolic bounds."""
        for value in SMALL:
            decision = self.answer({name: value + 2 * place for place, name in enumerate(bounds)})
            if not decision.equal:
                return decision
        return Decision(True, "small integers")


def _bounds(forms: Forms, pair: tuple[int, int]) -> list[str]:
    """Return the symbols in the bounds of sums and products, or nothing where they are too many."""
    found: set[str] = set()
    for index in reachable(forms, pair):
        step = forms.steps[index]
        if step.op == "opaque" and step.value in ("sum", "product"):
            inside = [forms.steps[part] for part in reachable(forms, step.args[2:])]
            found.update(str(part.value) for part in inside if part.op == "symbol")
    return sorted(found) if len(found) <= 2 else []


def decide(forms: Forms, pair: tuple[int, int]) -> Decision:
    """Decide whether two steps are equal. Raises `OverBudget`."""
    if pair[0] == pair[1]:
        return Decision(True, "same form")
    order = reachable(forms, pair)
    if any(forms.steps[index].value == "infinity" for index in order):
        return _infinite(forms, pair)
    seed = _seed(forms, order)
    known = modular.integers(forms, order)
    if known is not None:
        equal = modular.identical(forms, order, known, pair, seed)
        if equal is not None:
            free = any(forms.steps[index].op in ("symbol", "unknown") for index in order)
            return Decision(equal, "polynomial identity" if free else "rational arithmetic")
    exponents = _one_base(forms, pair)
    decision = decide(forms, exponents) if exponents else numeric(forms, order, pair, seed)
    if decision.equal is False and any(forms.steps[index].op == "opaque" for index in order):
        return Decision(None, "opaque")
    return decision


def _one_base(forms: Forms, pair: tuple[int, int]) -> tuple[int, int] | None:
    """Return the exponents of two constant powers of one number above 1: equal powers, equal exponents."""
    left, right = (forms.steps[side] for side in pair)
    if left.op != "pow" or right.op != "pow" or left.args[0] != right.args[0]:
        return None
    base = forms.value(left.args[0])
    constant = all(
        forms.steps[index].op in ("number", "add", "mul", "pow") for index in reachable(forms, pair)
    )
    return (left.args[1], right.args[1]) if constant and base is not None and base > 1 else None


def reachable(forms: Forms, roots: tuple[int, ...]) -> list[int]:
    """Return the steps that the roots need, each after its arguments."""
    seen, work = set(roots), list(roots)
    while work:
        for arg in forms.steps[work.pop()].args:
            if arg not in seen:
                seen.add(arg)
                work.append(arg)
    return sorted(seen)


def _seed(forms: Forms, order: list[int]) -> int:
    """A number that depends on the operations and names alone, not on which side is which."""
    text = sorted(
        f"{step.op}{step.value if step.op == 'symbol' else ''}"
        for step in map(forms.steps.__getitem__, order)
    )
    return zlib.crc32(" ".join(text).encode(errors="backslashreplace"))


def _infinite(forms: Forms, pair: tuple[int, int]) -> Decision:
    """Two infinities are equal if they have one sign; none equals a finite expression."""
    signs = [_infinity(forms, side) for side in pair]
    return Decision(None if None in signs else signs[0] == signs[1], "infinity")


def _infinity(forms: Forms, side: int) -> int | None:
    coefficient, rest = forms.split(side)
    if rest is not None and forms.steps[rest] == ("constant", "infinity", ()):
        return 1 if coefficient > Fraction(0) else -1
    inside = reachable(forms, (side,))
    return None if any(forms.steps[index].value == "infinity" for index in inside) else 0
