"""Questions about a tree, and trees made from it, that several rules need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from rewards.math.tree import (
    FUNCTIONS,
    Add,
    Call,
    Constant,
    Mul,
    Node,
    Number,
    PlusMinus,
    Relation,
    Sequence,
    Symbol,
)
from rewards.math.verdict import OverBudget
from rewards.math.walk import walk

INFINITY = Constant("infinity")
MINUS_ONE = Number(Fraction(-1))
SIGNS = 6
"""At most so many independent plus-minus signs in one value: 64 values."""


def symbols(node: Node) -> set[str]:
    """Return the names of the variables in a tree."""
    return {part.name for part in walk(node) if isinstance(part, Symbol)}


def transform(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Return the tree with each part replaced by what `change` makes of it; None keeps the part and goes into it."""
    changed = change(node)
    if changed is not None:
        return changed
    new: dict[str, Any] = {}
    for name in node.__match_args__:
        value = getattr(node, name)
        made = _transformed(value, change)
        if made is not value:
            new[name] = made
    return replace(node, **new) if new else node


def _transformed(value: Any, change: Callable[[Node], Node | None]) -> Any:
    if isinstance(value, tuple):
        made = tuple(_transformed(part, change) for part in value)
        return made if any(a is not b for a, b in zip(made, value, strict=True)) else value
    return transform(value, change) if hasattr(value, "__dataclass_fields__") else value


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """Return the tree with values for variables, all at once."""
    return transform(node, lambda part: values.get(part.name) if isinstance(part, Symbol) else None)


def rename(node: Node, names: Mapping[str, str]) -> Node:
    """Return the tree with variables renamed, all at once."""
    return substitute(node, {old: Symbol(new) for old, new in names.items()})


def signs(node: Node) -> list[Node]:
    """Return the values that a node with plus-minus signs stands for; the node alone if it has none.

    With a minus-plus in it the signs go together, two values; without one each sign is free: (+-1, +-2) are four.
    """
    marks = [part for part in walk(node) if isinstance(part, PlusMinus)]
    if not marks:
        return [node]
    if len(marks) > SIGNS:
        raise OverBudget(f"more than {SIGNS} plus-minus signs in one value")
    if any(mark.flipped for mark in marks):
        choices = [[1 - 2 * (mark.flipped ^ down) for mark in marks] for down in (False, True)]
    else:
        choices = [list(choice) for choice in product((1, -1), repeat=len(marks))]
    return list(dict.fromkeys(_signed(node, choice) for choice in choices))


def _signed(node: Node, choice: list[int]) -> Node:
    left = iter(choice)

    def change(part: Node) -> Node | None:
        if not isinstance(part, PlusMinus):
            return None
        sign, term = next(left), transform(part.term, change)
        return term if sign > 0 else _opposite(term)

    return transform(node, change)


def _opposite(node: Node) -> Node:
    """Minus a value, or a tuple in each of its entries."""
    if isinstance(node, Sequence) and node.opening == "(":
        return Sequence(tuple(map(negative, node.items)), node.opening, node.closing)
    return negative(node)


def negative(node: Node) -> Node:
    """Return minus the node."""
    return Number(-node.value, node.places) if isinstance(node, Number) else Mul((MINUS_ONE, node))


def difference(a: Node, b: Node) -> Node:
    """Return a - b."""
    return Add((a, negative(b)))


def is_name(node: Node) -> bool:
    """Whether the node may stand left of `=` in a definition: a variable, or an unknown function of anything.

    The constants e and i are taken as names there, for nobody defines them.
    """
    if isinstance(node, Call):
        return node.name not in FUNCTIONS
    return isinstance(node, Symbol) or (isinstance(node, Constant) and node.name in ("e", "i"))


def is_assignment(node: Node) -> bool:
    """Whether the node is `x = value` or `f(x) = value`, also with steps between: `x = 2 + 3 = 5`."""
    return isinstance(node, Relation) and set(node.ops) == {"="} and is_name(node.sides[0])


def is_infinite(node: Node) -> int:
    """Return 1 for infinity, -1 for minus infinity, 0 for all else."""
    if node == INFINITY:
        return 1
    if isinstance(node, Mul) and INFINITY in node.factors and len(node.factors) == 2:
        other = node.factors[1 - node.factors.index(INFINITY)]
        return (1 if other.value > 0 else -1) if isinstance(other, Number) and other.value else 0
    return 0


def is_list(node: Node) -> bool:
    """Whether the node is a list without brackets."""
    return isinstance(node, Sequence) and not node.opening


def is_set(node: Node) -> bool:
    """Whether the node is a list in braces."""
    return isinstance(node, Sequence) and node.opening == "{"
