"""The parts of a tree, one after the other, without recursion."""

from __future__ import annotations

from collections.abc import Iterator

from rewards.math.tree import Node


def children(node: Node) -> Iterator[Node]:
    """Yield the parts of a node, from left to right."""
    for name in node.__match_args__:
        value = getattr(node, name)
        if isinstance(value, tuple):
            for part in value:
                if isinstance(part, tuple):
                    yield from part
                elif not isinstance(part, str):
                    yield part
        elif hasattr(value, "__dataclass_fields__"):
            yield value


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(children(found))
