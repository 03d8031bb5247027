"""Match the items of two unordered collections one to one, in bounded time.

Items of equal exact value or equal structure are paired by hashing. What is left is sorted and paired in order if it
is all numbers; else a maximum bipartite matching (Kuhn's algorithm) is looked for among at most `LEFT` items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from fractions import Fraction

from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import approximate, exact
from rewards.math.compare.shape import is_assignment, substitute, symbols
from rewards.math.tree import Node, Number, Relation, Sequence
from rewards.math.verdict import OverBudget

LEFT = 100
"""The most items on a side that are matched pair by pair."""
FEW = 4


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
    if isinstance(node, Number):
        return node.value
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
    """Kuhn's algorithm, the likeliest partner first; None where an undecided pair could complete the matching."""
    found: dict[tuple[int, int], bool | None] = {}
    owners: dict[int, int] = {}
    orders = _likeliest(left, right)

    def equal(at: int, other: int) -> bool | None:
        if (at, other) not in found:
            found[at, other] = context.match(left[at], right[other]).equal
        return found[at, other]

    def augment(at: int, seen: set[int]) -> bool:
        for other in orders[at]:
            if other in seen or not equal(at, other):
                continue
            seen.add(other)
            if other not in owners or augment(owners[other], seen):
                owners[other] = at
                return True
        return False

    if all(augment(at, set()) for at in range(len(left))):
        return True
    return None if None in found.values() else False


def _likeliest(left: list[Node], right: list[Node]) -> list[list[int]]:
    """For each item the others, the nearest in value at one point first; a guess that only saves time."""
    if len(left) <= FEW:
        return [list(range(len(right)))] * len(left)
    one, other = ([_mark(item) for item in side] for side in (left, right))
    return [_nearest(mark, other) for mark in one]


def _nearest(mark: float, others: list[float]) -> list[int]:
    return sorted(range(len(others)), key=lambda at: abs(others[at] - mark))


def _mark(node: Node) -> float:
    point = {name: Number(Fraction(13 + 7 * at, 11)) for at, name in enumerate(sorted(symbols(node)))}
    value = approximate(substitute(node, point))
    return float(value) if value is not None else 0.0
