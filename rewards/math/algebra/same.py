"""`same`: identity of two expressions, up to renamed variables and constants of integration where asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from rewards.math.algebra.decision import Decision
from rewards.math.algebra.identity import identity
from rewards.math.algebra.integration import up_to_constant
from rewards.math.algebra.names import fingerprint, renamed, symbols
from rewards.math.tree import Node
from rewards.math.verdict import OverBudget

RENAMED = 4
"""At most so many variables are renamed: 24 ways."""


def same(a: Node, b: Node, *, rename: bool = False) -> Decision:
    """Decide whether two scalar expressions are equal.

    Args:
        a: one tree.
        b: the other; the order makes no difference.
        rename: allow a one-to-one renaming of variables where the sets of names differ.

    Returns:
        The decision; `equal` is None where the algebra cannot tell. Nothing is raised.
    """
    try:
        a, b = sorted((a, b), key=fingerprint)
    except OverBudget:
        return Decision(None, "over budget")
    decision = identity(a, b)
    if decision.equal:
        return decision
    decision = up_to_constant(a, b) or decision
    if decision.equal or not rename:
        return decision
    for other in _renamings(a, b):
        found = identity(a, other)
        if found.equal:
            return Decision(True, f"{found.rule}, renamed")
    return decision


def _renamings(a: Node, b: Node) -> Iterator[Node]:
    left, right = symbols(a), symbols(b)
    wanted, given = sorted(left - right), sorted(right - left)
    if len(wanted) == len(given) and 0 < len(given) <= RENAMED:
        for order in permutations(wanted):
            yield renamed(b, dict(zip(given, order, strict=True)))
