"""Wrong queries near a gold: an instance that tells many of them from it is worth having."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rewards.sql.instances.blueprint import Blueprint
from rewards.sql.instances.hints import parsed

MOST = 60
"""Mutants of one gold."""


def mutants(gold: str, blueprint: Blueprint) -> list[str]:
    """Return distinct queries that differ from the gold in one place; [] if sqlglot cannot read it."""
    tree = parsed(gold, blueprint.dialect)
    if tree is None:
        return []
    plain = tree.sql(dialect=blueprint.dialect)
    found: dict[str, None] = {}
    for change in _changes(tree, blueprint):
        copy = tree.copy()
        try:
            text = change(copy).sql(dialect=blueprint.dialect)
        except (ValueError, AttributeError, TypeError):  # a node that cannot stand where it was put
            continue
        if text != plain:
            found[text] = None
    texts = list(found)
    return texts if len(texts) <= MOST else texts[:: -(-len(texts) // MOST)]


def _changes(tree: Any, blueprint: Blueprint) -> Iterator[Callable[[Any], Any]]:
    """Yield functions that change a copy of the tree; nodes are named by their place in the walk."""
    for at, node in enumerate(tree.walk()):
        for make in _of_node(node, blueprint):
            yield _at(at, make)


def _at(at: int, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def change(copy: Any) -> Any:
        node = next(n for i, n in enumerate(copy.walk()) if i == at)
        changed = make(node)
        if node is copy:
            return changed
        if changed is not node:
            node.replace(changed)
        return copy

    return change


def _of_node(node: Any, blueprint: Blueprint) -> Iterator[Callable[[Any], Any]]:
    from sqlglot import exp

    for other in _swaps().get(type(node), ()):
        yield partial(_as, kind=other)
    if isinstance(node, exp.And):
        yield from (partial(_part, name=name) for name in ("this", "expression"))
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdecimal():
        yield from (partial(_stepped, step=step) for step in (1, -1))
    if isinstance(node, exp.Count):
        yield _toggled_count
    if isinstance(node, exp.In | exp.Like | exp.Exists | exp.Between):
        yield _negated
    if isinstance(node, exp.Ordered):
        yield partial(_set, name="desc", value=not node.args.get("desc"))
    if isinstance(node, exp.Join):
        yield partial(_set, name="side", value=None if node.args.get("side") else "LEFT")
    if isinstance(node, exp.Union):
        yield partial(_set, name="distinct", value=not node.args.get("distinct"))
    if isinstance(node, exp.Select):
        yield from _of_select(node)
    if isinstance(node, exp.Column):
        yield from _siblings(node, blueprint)


@functools.cache
def _swaps() -> dict[Any, tuple[Any, ...]]:
    from sqlglot import exp

    return {
        exp.GT: (exp.GTE, exp.LT),
        exp.GTE: (exp.GT, exp.LTE),
        exp.LT: (exp.LTE, exp.GT),
        exp.LTE: (exp.LT, exp.GTE),
        exp.EQ: (exp.NEQ,),
        exp.NEQ: (exp.EQ,),
        exp.And: (exp.Or,),
        exp.Or: (exp.And,),
        exp.Max: (exp.Min,),
        exp.Min: (exp.Max,),
        exp.Sum: (exp.Avg, exp.Max),
        exp.Avg: (exp.Sum, exp.Max),
        exp.Intersect: (exp.Union, exp.Except),
        exp.Except: (exp.Intersect,),
        exp.Union: (exp.Intersect,),
    }


def _of_select(node: Any) -> Iterator[Callable[[Any], Any]]:
    from sqlglot import exp

    for name in ("where", "having", "group", "limit", "order"):
        if node.args.get(name):
            yield partial(_set, name=name, value=None)
    yield partial(_set, name="distinct", value=None if node.args.get("distinct") else exp.Distinct())
    for column in dict.fromkeys(c.sql() for e in node.expressions for c in e.find_all(exp.Column)):
        yield partial(_not_null, column=column)


def _siblings(node: Any, blueprint: Blueprint) -> Iterator[Callable[[Any], Any]]:
    """Yield changes of a column into others of the same table and kind."""
    name = node.name.casefold()
    for table in blueprint.tables:
        own = next((c for c in table.columns if c.name.casefold() == name), None)
        if own is not None:
            others = [c.name for c in table.columns if c.kind == own.kind and c is not own]
            yield from (partial(_renamed, name=other) for other in others[:2])
            return


def _not_null(node: Any, column: str) -> Any:
    return node.where(f"{column} IS NOT NULL", copy=False)


def _as(node: Any, kind: Any) -> Any:
    return kind(**node.args)


def _part(node: Any, name: str) -> Any:
    return node.args[name]


def _set(node: Any, name: str, value: Any) -> Any:
    node.set(name, value)
    return node


def _negated(node: Any) -> Any:
    from sqlglot import exp

    return exp.Not(this=node.copy())


def _stepped(node: Any, step: int) -> Any:
    from sqlglot import exp

    return exp.Literal.number(max(0, int(node.this) + step))


def _toggled_count(node: Any) -> Any:
    from sqlglot import exp

    if isinstance(node.this, exp.Distinct):
        return exp.Count(this=node.this.expressions[0])
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def _renamed(node: Any, name: str) -> Any:
    from sqlglot import exp

    return exp.Column(this=exp.to_identifier(name, quoted=True), table=node.args.get("table"))
