"""Derivatives that a reference only writes down, `\\frac{d}{dx} x^2`, worked out by the rules of calculus.

Only references are: an answer that repeats the question is no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rewards.math.compare.shape import negative, symbols, transform
from rewards.math.tree import Add, Call, Constant, Mul, Node, Number, Pow, Symbol
from rewards.math.verdict import OverBudget, Unreadable
from rewards.math.walk import walk

ZERO, ONE, TWO = (Number(Fraction(n)) for n in range(3))
MAX_ORDER = 4
MAX_NODES = 400


def worked_out(node: Node) -> Node:
    """Return the tree with each derivative of an expression worked out; derivatives of names stay.

    Raises:
        Unreadable: one that the rules here do not cover.
        OverBudget: one of too much.
    """
    return transform(node, _change)


def _change(node: Node) -> Node | None:
    if not isinstance(node, Call) or node.name != "derivative" or isinstance(node.args[0], Symbol):
        return None
    body, variable, order = worked_out(node.args[0]), node.args[1], (*node.args, ONE)[2]
    if not isinstance(variable, Symbol) or not isinstance(order, Number) or not 0 < order.value <= MAX_ORDER:
        raise Unreadable("a derivative by something else than a variable")
    for _ in range(int(order.value)):
        if sum(1 for _ in walk(body)) > MAX_NODES:
            raise OverBudget(f"the derivative of more than {MAX_NODES} parts")
        body = _slope(body, variable)
    return body


def _slope(node: Node, by: Symbol) -> Node:
    if by.name not in symbols(node):
        return ZERO
    match node:
        case Symbol():
            return ONE
        case Add(terms):
            return Add(tuple(_slope(term, by) for term in terms))
        case Mul(factors):
            places = [at for at, factor in enumerate(factors) if by.name in symbols(factor)]
            each = (Mul((*factors[:at], _slope(factors[at], by), *factors[at + 1 :])) for at in places)
            return Add(tuple(each))
        case Pow(base, exponent):
            return _power(base, exponent, by)
        case Call(name, (inside,)) if name in _OUTER:
            return Mul((_OUTER[name](inside), _slope(inside, by)))
    raise Unreadable("a derivative that is not worked out here: give its value")


def _power(base: Node, exponent: Node, by: Symbol) -> Node:
    if by.name not in symbols(exponent):
        return Mul((exponent, Pow(base, Add((exponent, negative(ONE)))), _slope(base, by)))
    if by.name in symbols(base):
        raise Unreadable("a derivative that is not worked out here: give its value")
    scale = ONE if base == Constant("e") else Call("ln", (base,))
    return Mul((Pow(base, exponent), scale, _slope(exponent, by)))


_OUTER: dict[str, Callable[[Node], Node]] = {
    "sin": lambda u: Call("cos", (u,)),
    "cos": lambda u: negative(Call("sin", (u,))),
    "tan": lambda u: Pow(Call("cos", (u,)), Number(Fraction(-2))),
    "ln": lambda u: Pow(u, negative(ONE)),
    "sinh": lambda u: Call("cosh", (u,)),
    "cosh": lambda u: Call("sinh", (u,)),
    "arctan": lambda u: Pow(Add((ONE, Pow(u, TWO))), negative(ONE)),
}
