"""Match the items of two unordered collections one to one, in bounded time.

Items of equal exact value or equal structure are paired by hashing. What is left is sorted and paired in order if it
is all numbers; else a maximum bipartite matching (Kuhn's algorithm) is looked for among at most `LEFT` items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from fractions import Fraction

from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import exact
from rewards.math.compare.shape import is_assignment
from rewards.math.tree import Node, Relation, Sequence
from rewards.math.verdict import OverBudget

LEFT = 40
"""The most items on a side that are matched pair by pair."""


def match_multiset(reference: list[Node], predicted: list[Node], context: Context, rule: str) -> Match:
    """Whether the predicted items are the reference's in some order, each as often."""
    if len(reference) != len(predicted):
        return Match(False, rule)
    left, right = _cancel(reference, predicted, context)
    if not left:
        return Match(True, rule)
    one, other = _ranked(left), _ranked(right)
    if one is not None and other is not None:
        return context.all(list(zip(one, other, strict=True)), rule)
    if len(left) > LEFT:
        raise OverBudget(f"more than {LEFT} items of a list that are not alike as written")
    return Match(_matched(left, right, context), rule)


def distinct(items: list[Node]) -> list[Node]:
    """Return the items of a set without those that are equal as written or as exact numbers."""
    return list({key(item): item for item in items}.values())


def key(node: Node) -> Hashable:
    """Return what is equal only for nodes that are certainly equal."""
    value = exact(node)
    if value is not None:
        return value
    if isinstance(node, Sequence) and node.opening in ("(", "[", "{", "<"):
        return node.opening, node.closing, tuple(key(item) for item in node.items)
    if isinstance(node, Relation) and is_assignment(node):
        return node.sides[0], key(node.sides[-1]), len(node.sides)
    return node


def _cancel(left: list[Node], right: list[Node], context: Context) -> tuple[list[Node], list[Node]]:
    context.spend(len(left))
    keys = [[key(item) for item in side] for side in (left, right)]
    common = Counter(keys[0]) & Counter(keys[1])
    rest = []
    for side, names in zip((left, right), keys, strict=True):
        unused = Counter(common)
        kept = []
        for item, name in zip(side, names, strict=True):
            if unused[name]:
                unused[name] -= 1
            else:
                kept.append(item)
        rest.append(kept)
    return rest[0], rest[1]


def _ranked(items: list[Node]) -> list[Node] | None:
    values: list[tuple[Fraction, int]] = []
    for at, item in enumerate(items):
        value = exact(item)
        if value is None:
            return None
        values.append((value, at))
    return [items[at] for _, at in sorted(values)]


def _matched(left: list[Node], right: list[Node], context: Context) -> bool | None:
    """Kuhn's algorithm; None where only undecided pairs could complete the matching."""
    undecided = False
    edges: list[list[int]] = []
    for item in left:
        found: list[int] = []
        for at, other in enumerate(right):
            equal = context.match(item, other).equal
            undecided |= equal is None
            if equal:
                found.append(at)
        if not found and not undecided:
            return False
        edges.append(found)
    owners: dict[int, int] = {}
    if all(_augment(at, edges, owners, set()) for at in range(len(left))):
        return True
    return None if undecided else False


def _augment(at: int, edges: list[list[int]], owners: dict[int, int], seen: set[int]) -> bool:
    for other in edges[at]:
        if other in seen:
            continue
        seen.add(other)
        if other not in owners or _augment(owners[other], edges, owners, seen):
            owners[other] = at
            return True
    return False
