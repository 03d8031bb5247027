"""The order of the tests: form, infinities, rational arithmetic modulo primes, values at points."""

from __future__ import annotations

import zlib
from fractions import Fraction

from rewards.math.algebra import modular
from rewards.math.algebra.build import Builder
from rewards.math.algebra.decision import Decision, Undefined, Unsupported
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.numeric import numeric
from rewards.math.tree import Node
from rewards.math.verdict import OverBudget


def identity(left: Node, right: Node) -> Decision:
    """Decide whether two trees are the same function of their symbols; a bare log is one of base e, or else 10."""
    decision, choices = _under(left, right, ten=False)
    if choices and not decision.equal:
        other, _ = _under(left, right, ten=True)
        decision = other if decision.equal is False or other.equal else decision
    return decision


def _under(left: Node, right: Node, ten: bool) -> tuple[Decision, bool]:
    forms = Forms()
    builder = Builder(forms, ten)
    try:
        pair = builder.build(left), builder.build(right)
        return decide(forms, pair), builder.choices
    except OverBudget:
        return Decision(None, "over budget"), builder.choices
    except Unsupported:
        return Decision(None, "not scalar"), builder.choices
    except Undefined:
        return Decision(None, "undefined"), builder.choices


def decide(forms: Forms, pair: tuple[int, int]) -> Decision:
    """Decide whether two steps are equal. Raises `OverBudget`."""
    left, right = pair
    if left == right:
        return Decision(True, "same form")
    order = reachable(forms, pair)
    ops = {forms.steps[index].op for index in order}
    if any(forms.steps[index].value == "infinity" for index in order):
        return _infinite(forms, pair)
    seed = _seed(forms, order)
    known = modular.integers(forms, order)
    if known is not None:
        equal = modular.identical(forms, order, known, pair, seed)
        if equal is not None:
            symbols = ops & {"symbol", "unknown"}
            return Decision(equal, "polynomial identity" if symbols else "rational arithmetic")
    decision = numeric(forms, order, pair, seed)
    if decision.equal is False and "opaque" in ops:
        return Decision(None, "opaque")
    return decision


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
    return zlib.crc32(" ".join(text).encode())


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
