"""Statements with a condition: `f(x) = x for all x in R`, `k pi, k in Z`.

A condition on one side only is not held against the answer if it names a domain or a bound and the rest agrees. Where
both sides have one, both must agree, after the variable of the condition has got the same name.
"""

from __future__ import annotations

from rewards.math.compare.context import Context, Match
from rewards.math.compare.reading import is_set_like
from rewards.math.compare.relations import renamed
from rewards.math.compare.shape import is_name, symbols
from rewards.math.tree import Logic, Node, Relation, Sequence, Symbol, Text, Where
from rewards.math.walk import walk


def match_conditions(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side has a condition."""
    reference, predicted = _with_domain(reference), _with_domain(predicted)
    if isinstance(reference, Where) and isinstance(predicted, Where):
        return _both(reference, predicted, context)
    if isinstance(reference, Where):
        return _one(reference, predicted, True, context)
    return _one(predicted, reference, False, context) if isinstance(predicted, Where) else None


def _with_domain(node: Node) -> Node:
    """Read `1/x, x != 0` as a statement with its condition."""
    if not isinstance(node, Sequence) or node.opening or len(node.items) < 2:
        return node
    body, rest = node.items[0], node.items[1:]
    if is_set_like(body) or not all(isinstance(item, Relation) and is_set_like(item) for item in rest):
        return node
    bounded = {name for item in rest for name in symbols(item)}
    return Where(body, Sequence(rest)) if bounded and bounded <= _variables(body) else node


def _variables(node: Node) -> set[str]:
    """The variables, but for the name that an equation defines: y > 3 says more than x = 2."""
    if isinstance(node, Relation) and isinstance(node.sides[0], Symbol):
        return symbols(node.sides[-1])
    return symbols(node)


def _both(reference: Where, predicted: Where, context: Context) -> Match:
    left, right = _bound(reference), _bound(predicted)
    body, condition = predicted.body, predicted.condition
    if len(left) == len(right):
        body, condition = (renamed(node, right, left) for node in (body, condition))
    found = context.match(reference.body, body)
    if found.equal is False or isinstance(reference.condition, Text) or isinstance(condition, Text):
        return Match(found.equal, "condition")
    return context.all([(reference.body, body), (reference.condition, condition)], "condition")


def _bound(node: Where) -> list[str]:
    """The variables of the condition that the body has too, in the order of their first place."""
    inside = symbols(node.body)
    if isinstance(node.condition, Text):
        return [word for word in node.condition.words.split() if word in inside]
    return list(
        dict.fromkeys(p.name for p in walk(node.condition) if isinstance(p, Symbol) and p.name in inside)
    )


def _one(node: Where, other: Node, is_reference: bool, context: Context) -> Match:
    if not _is_plain(node.condition):
        return Match(False, "condition on one side")
    body = node.body
    bound = [name for name in _bound(node) if name not in symbols(other)]
    free = sorted(symbols(_said(other)) - symbols(body))
    if len(bound) == len(free) == 1:
        body = renamed(body, bound, free)
    pair = (body, other) if is_reference else (other, body)
    return Match(context.match(*pair).equal, "condition on one side")


def _said(node: Node) -> Node:
    """What stands behind the name of a definition."""
    return node.sides[-1] if isinstance(node, Relation) and set(node.ops) == {"="} else node


def _is_plain(condition: Node) -> bool:
    """Whether the condition is in words or bounds one variable by a set or by numbers."""
    if isinstance(condition, Logic | Sequence):
        return all(
            _is_plain(p) for p in (condition.parts if isinstance(condition, Logic) else condition.items)
        )
    if isinstance(condition, Relation):
        return any(is_name(side) for side in condition.sides) or condition.ops == ("in",)
    return isinstance(condition, Text)
