"""The free names of a tree, and trees with other names."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from rewards.math.tree import Add, Call, Mul, Node, Number, Pow, Quantity, Ratio, Symbol
from rewards.math.verdict import OverBudget

NODES = 10_000


def symbols(node: Node) -> frozenset[str]:
    """Return the names of the variables of a scalar expression, bound ones included."""
    found: set[str] = set()
    work: list[Node] = [node]
    while work:
        node = work.pop()
        if isinstance(node, Symbol):
            found.add(node.name)
        work.extend(parts(node))
    return frozenset(found)


def parts(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a scalar expression."""
    match node:
        case Add(inside) | Mul(inside) | Ratio(inside) | Call(_, inside):
            return inside
        case Pow(base, exponent):
            return base, exponent
        case Quantity(value, _):
            return (value,)
    return ()


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """Return the expression with other names of variables."""
    work: list[tuple[Node, bool]] = [(node, False)]
    done: list[Node] = []
    while work:
        node, ready = work.pop()
        inside = parts(node)
        if isinstance(node, Symbol):
            done.append(Symbol(names.get(node.name, node.name)))
        elif not inside:
            done.append(node)
        elif ready:
            new = tuple(done[len(done) - len(inside) :])
            del done[len(done) - len(inside) :]
            done.append(_rebuilt(node, new))
        else:
            work.append((node, True))
            work.extend((part, False) for part in reversed(inside))
    return done[0]


def _rebuilt(node: Node, new: tuple[Node, ...]) -> Node:
    match node:
        case Add():
            return Add(new)
        case Mul():
            return Mul(new)
        case Ratio():
            return Ratio(new)
        case Call(name, _):
            return Call(name, new)
        case Pow():
            return Pow(new[0], new[1])
        case Quantity(_, unit):
            return Quantity(new[0], unit)
    return node


def fingerprint(node: Node) -> tuple[int, int]:
    """Return a number that depends on the tree alone, after its size: it puts two trees in order.

    Raises:
        OverBudget: the tree has more than `NODES` parts.
    """
    work, size, found = [node], 0, 0
    while work:
        node = work.pop()
        inside = parts(node)
        word = "" if isinstance(node, Number) else str(getattr(node, "name", ""))
        number = hash(node.value) if isinstance(node, Number) else len(inside)
        found = zlib.crc32(f"{type(node).__name__} {word} {number}".encode(errors="backslashreplace"), found)
        size += 1
        if size > NODES:
            raise OverBudget(f"more than {NODES} parts")
        work.extend(inside)
    return size, found
