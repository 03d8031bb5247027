"""Lists of named values: `a = 1.68, b = 0.45`.

Two lists with the same distinct names are paired by name, so a swap is seen. With names on one side only, the other
side is in the order as written or in that of the sorted names. Numbered names of one letter, x_1 and x_2, are roots
against a bare list, and roots have no order.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from rewards.math.compare.context import Context, Match
from rewards.math.compare.shape import is_assignment, is_list
from rewards.math.tree import Call, Node, Relation, Sequence, Symbol

_NUMBERED = re.compile(r"([A-Za-z]+)_?(\d+)")


def match_named(left: Sequence, right: Sequence, context: Context) -> Match | None:
    """Pair the items by name or by place; None where the lists are not of distinct names."""
    if len(left.items) != len(right.items) or not (is_list(left) or is_list(right)):
        return None
    names = [names_of(side) for side in (left, right)]
    if names[0] and names[1]:
        return _both(left, right, names[0], names[1], context)
    named, bare = (left, right) if names[0] else (right, left)
    found = names[0] or names[1]
    if found and not _are_roots(found) and len(bare.items) > 1 and all(map(is_assignment, bare.items)):
        return Match(False, "names")  # x = 3, y = 2 against x = 2 or x = 3
    if not found or bare.opening == "{" or any(is_assignment(item) for item in bare.items):
        return None
    if is_list(bare) and _are_roots(found) and not context.options.ordered:
        return None
    return _by_place(named, bare, found, named is left, context)


def names_of(node: Sequence) -> list[Hashable] | None:
    """Return the names of a list in which each item is `name = value`, or None if they are not all distinct."""
    if not is_list(node) or len(node.items) < 2 or not all(is_assignment(item) for item in node.items):
        return None
    names = [_name(item.sides[0]) for item in node.items if isinstance(item, Relation)]
    return names if len(set(names)) == len(names) else None


def records(items: list[Node]) -> list[Node]:
    """Return `x = 1, y = 2, x = 2, y = 1` as its two solutions, and any other list as it is."""
    if not items or not isinstance(items[0], Relation):
        return items
    names = [_name(item.sides[0]) for item in items if isinstance(item, Relation) and is_assignment(item)]
    period = len(set(names))
    if len(names) != len(items) or not 1 < period < len(names) or len(names) % period:
        return items
    if names != names[:period] * (len(names) // period):
        return items
    return [Sequence(tuple(items[at : at + period])) for at in range(0, len(items), period)]


def _name(node: Node) -> Hashable:
    """The name; f(x) and f(t) define the same function, f(1) and f(2) are two values."""
    if isinstance(node, Call) and all(isinstance(arg, Symbol) for arg in node.args):
        return node.name, len(node.args)
    return node


def _are_roots(names: list[Hashable]) -> bool:
    """Whether all names are one letter with a number."""
    found = [_NUMBERED.fullmatch(name.name) if isinstance(name, Symbol) else None for name in names]
    return len({match[1] if match else None for match in found} - {None}) == 1 and all(found)


def _both(
    left: Sequence, right: Sequence, one: list[Hashable], other: list[Hashable], context: Context
) -> Match | None:
    if set(one) == set(other):
        place = dict(zip(other, right.items, strict=True))
        return context.all([(i, place[n]) for i, n in zip(left.items, one, strict=True)], "named values")
    if context.options.names:
        return Match(False, "names")
    if _are_roots(one) or _are_roots(other):
        return None
    return context.all(list(zip(left.items, right.items, strict=True)), "named values by place")


def _by_place(named: Sequence, bare: Sequence, names: list[Hashable], first: bool, context: Context) -> Match:
    by_name = [
        item for _, item in sorted(zip(map(str, names), named.items, strict=True), key=lambda pair: pair[0])
    ]
    found = Match(False, "named values by place")
    for items in (list(named.items), by_name):
        pairs = list(zip(items, bare.items, strict=True))
        found = context.all(pairs if first else [(b, a) for a, b in pairs], "named values by place")
        if found.equal or items == by_name:
            break
    return found
