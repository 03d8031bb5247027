"""Trees written with Python's operators, so that a table of identities reads like one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from rewards.math.tree import Add, Call, Constant, Mul, Node, Number, Pow, Symbol

Part = Any
"""An `Expr`, an integer or a fraction."""


class Expr:
    """A tree under construction."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __add__(self, other: Part) -> Expr:
        return Expr(Add((self.node, node(other))))

    def __radd__(self, other: Part) -> Expr:
        return Expr(Add((node(other), self.node)))

    def __mul__(self, other: Part) -> Expr:
        return Expr(Mul((self.node, node(other))))

    def __rmul__(self, other: Part) -> Expr:
        return Expr(Mul((node(other), self.node)))

    def __neg__(self) -> Expr:
        return -1 * self

    def __sub__(self, other: Part) -> Expr:
        return self + -Expr(node(other))

    def __rsub__(self, other: Part) -> Expr:
        return Expr(node(other)) - self

    def __pow__(self, other: Part) -> Expr:
        return Expr(Pow(self.node, node(other)))

    def __rpow__(self, other: Part) -> Expr:
        return Expr(Pow(node(other), self.node))

    def __truediv__(self, other: Part) -> Expr:
        return self * Expr(node(other)) ** -1

    def __rtruediv__(self, other: Part) -> Expr:
        return Expr(node(other)) / self


def node(part: Part) -> Node:
    return part.node if isinstance(part, Expr) else Number(Fraction(part))


def num(value: int, below: int = 1) -> Expr:
    return Expr(Number(Fraction(value, below)))


def sqrt(part: Part) -> Expr:
    return Expr(node(part)) ** Fraction(1, 2)


def cbrt(part: Part) -> Expr:
    return Expr(node(part)) ** Fraction(1, 3)


def fn(name: str, *args: Part) -> Expr:
    return Expr(Call(name, tuple(node(arg) for arg in args)))


def constant(name: Literal["pi", "e", "i", "infinity"]) -> Expr:
    return Expr(Constant(name))


def symbols(names: str) -> list[Expr]:
    return [Expr(Symbol(name)) for name in names.split()]


pi, e, i, infinity = constant("pi"), constant("e"), constant("i"), constant("infinity")
