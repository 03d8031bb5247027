"""Derivatives of names as names: `dx/dt`, `x'` and `y'(x)` in one notation, before an equation is compared.

A prime says of no variable: it is taken for the one by which all else is differentiated, if there is but one. A
derivative of an expression is not worked out.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from rewards.math.compare.shape import transform
from rewards.math.parse.names import MAX_ORDER
from rewards.math.tree import Call, Node, Number, Symbol
from rewards.math.walk import walk


def unified(reference: Node, predicted: Node) -> tuple[Node, Node]:
    """Return both with each derivative of a name as one symbol; as they are if there is none."""
    found = {
        read[1]
        for side in (reference, predicted)
        for part in walk(side)
        if (read := _of_name(part)) is not None
    }
    if not found:
        return reference, predicted
    only = found.pop() if len(found) == 1 else None
    change = partial(_atom, only=only)
    return transform(reference, change), transform(predicted, change)


def _of_name(node: Node) -> tuple[str, Symbol, int] | None:
    """Return the name, the variable and the order of a derivative; None for all else."""
    if not isinstance(node, Call) or node.name != "derivative" or not 2 <= len(node.args) <= 3:
        return None
    name, variable, order = (*node.args, Number(Fraction(1)))[:3]
    if not isinstance(name, Symbol) or not isinstance(variable, Symbol) or not isinstance(order, Number):
        return None
    return (name.name, variable, int(order.value)) if 0 < order.value <= MAX_ORDER else None


def _atom(node: Node, only: Symbol | None) -> Node | None:
    if isinstance(node, Call) and node.name.endswith("'") and node.args == (only,):
        return Symbol(node.name)  # f'(x)
    found = _of_name(node)
    if found is None:
        return None
    name, variable, order = found
    return Symbol(name + "'" * order if variable == only else f"d{order} {name}/d {variable.name}")
