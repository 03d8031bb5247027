"""Constants of integration: `F(x) + C` against `G(x) + C` or `F(x)`."""

from __future__ import annotations

from fractions import Fraction

from rewards.math.algebra.build import Builder
from rewards.math.algebra.decision import Decision, Undefined, Unsupported
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.identity import decide, identity
from rewards.math.algebra.names import symbols
from rewards.math.tree import Add, Node, Symbol
from rewards.math.verdict import OverBudget

CONSTANTS = ("C", "c", "K", "k")
"""Names of a constant of integration where both sides have one. Only C may stand on one side alone."""
VARIABLES = ("x", "t", "u", "theta")
"""The variable of integration is the first of these that is there, or else every symbol."""
_ANCHORS = (Fraction(7, 11), Fraction(23, 7), Fraction(-9, 7))


def up_to_constant(a: Node, b: Node) -> Decision | None:
    """Compare without the constants of integration; None where the rule does not apply or they do not agree."""
    left, right = _without(a), _without(b)
    if left is not None and right is not None:
        return _differ_by_constant(left, right)
    if left is not None and _one_sided(a, left, b):
        return _matched(identity(left, b))
    if right is not None and _one_sided(b, right, a):
        return _matched(identity(a, right))
    return None


def _matched(decision: Decision) -> Decision | None:
    return Decision(True, "up to a constant") if decision.equal else None


def _without(node: Node) -> Node | None:
    """Return the sum without its constant of integration, or None if it has none."""
    if not isinstance(node, Add):
        return None
    terms = [part for term in node.terms for part in (term.terms if isinstance(term, Add) else (term,))]
    for name in CONSTANTS:
        rest = tuple(term for term in terms if term != Symbol(name))
        if len(rest) == len(terms) - 1 and rest and (inside := symbols(Add(rest))) and name not in inside:
            return Add(rest)
    return None


def _one_sided(whole: Node, rest: Node, other: Node) -> bool:
    """Whether C stands on one side only, and no other capital says that it is one unknown of several."""
    names = symbols(rest) | symbols(other)
    return "C" in symbols(whole) and not any(name[:1].isupper() for name in names)


def _differ_by_constant(left: Node, right: Node) -> Decision | None:
    names = symbols(left) | symbols(right)
    chosen = next(((name,) for name in VARIABLES if name in names), tuple(sorted(names)))
    for anchor in _ANCHORS:
        forms = Forms()
        fixed = {name: forms.number(anchor + place) for place, name in enumerate(chosen)}
        builder = Builder(forms)
        try:
            moving = builder.build(left), builder.build(right)
            still = builder.build(left, fixed), builder.build(right, fixed)
            minus = forms.number(-1)
            pair = [forms.add([one, forms.mul([minus, two])]) for one, two in (moving, still)]
            decision = decide(forms, (pair[0], pair[1]))
        except (OverBudget, Unsupported, Undefined):
            continue
        if decision.equal is not None:
            return _matched(decision)
    return None
