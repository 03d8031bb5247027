"""Wrong queries near a gold: an instance that tells many of them from it is worth having."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from rewards.sql.instances.blueprint import Blueprint
from rewards.sql.instances.hints import parsed

MOST = 60
"""Mutants of one gold."""
NUMERAL = re.compile(r"\d{1,15}(\.\d{1,6})?")


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
    if isinstance(node, exp.Or):
        yield _second_without_first
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Literal) and node.expression.is_string:
        yield partial(_as, kind=exp.Like)  # which takes letters of either case
    if isinstance(node, exp.Literal) and not node.is_string and NUMERAL.fullmatch(node.this):
        yield from (partial(_stepped, step=step) for step in (1, -1))
    if isinstance(node, exp.Count | exp.Sum | exp.Avg):
        yield _toggled_distinct
    if isinstance(node, exp.Count | exp.Avg) and isinstance(node.this, exp.Column | exp.Distinct):
        yield _counting_nulls
    if isinstance(node, exp.Sum | exp.Max | exp.Min):
        yield _nothing_is_zero
    if isinstance(node, exp.In | exp.Like | exp.Exists | exp.Between):
        yield _negated
    if isinstance(node, exp.Ordered):
        yield partial(_set, name="desc", value=not node.args.get("desc"))
    if isinstance(node, exp.Join):
        yield partial(_set, name="side", value=None if node.args.get("side") else "LEFT")
    if isinstance(node, exp.Union):
        yield partial(_set, name="distinct", value=not node.args.get("distinct"))
    if isinstance(node, exp.Select):
        yield from _of_select(node, blueprint)
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


def _of_select(node: Any, blueprint: Blueprint) -> Iterator[Callable[[Any], Any]]:
    from sqlglot import exp

    for name in ("where", "having", "group", "limit", "order"):
        if node.args.get(name):
            yield partial(_set, name=name, value=None)
    if node.parent is None and not node.args.get("limit"):
        yield partial(_set, name="limit", value=exp.Limit(expression=exp.Literal.number(1)))
    if node.args.get("order") and node.args.get("limit") and not node.args.get("group"):
        yield _all_tied
    yield partial(_set, name="distinct", value=None if node.args.get("distinct") else exp.Distinct())
    nullable = {c.name.casefold() for table in blueprint.tables for c in table.columns if c.nullable}
    if node.find(exp.Star) is not None:
        named = {table.name.casefold() for table in node.find_all(exp.Table)}
        yield from (partial(_counting_one, column=c) for c in _nullable(blueprint, named)[:2])
    columns = [c for e in node.expressions for c in e.find_all(exp.Column) if c.name.casefold() in nullable]
    shown = [c for c in columns if c.find_ancestor(exp.AggFunc) is None]
    yield from (partial(_not_null, column=text) for text in dict.fromkeys(c.sql() for c in shown))


def _nullable(blueprint: Blueprint, tables: Collection[str]) -> list[str]:
    """Return the columns of some tables that may be NULL, whose names no two of these tables share."""
    held = [c for table in blueprint.tables if table.name.casefold() in tables for c in table.columns]
    counts = Counter(c.name.casefold() for c in held)
    return [c.name for c in held if c.nullable and counts[c.name.casefold()] == 1]


def _counting_one(node: Any, column: str) -> Any:
    """COUNT(*) -> COUNT(x), everywhere in a query: other where x is NULL."""
    from sqlglot import exp

    for count in list(node.find_all(exp.Count)):
        if isinstance(count.this, exp.Star):
            count.set("this", exp.column(column, quoted=True))
    return node


def _siblings(node: Any, blueprint: Blueprint) -> Iterator[Callable[[Any], Any]]:
    """Yield changes of a column into others of the same table and kind."""
    name = node.name.casefold()
    for table in blueprint.tables:
        own = next((c for c in table.columns if c.name.casefold() == name), None)
        if own is not None:
            others = [c.name for c in table.columns if c.kind == own.kind and c is not own]
            yield from (partial(_renamed, name=other) for other in others[:2])
            return


def _second_without_first(node: Any) -> Any:
    """a OR b -> a OR (b AND NOT a): other where a is neither true nor false."""
    from sqlglot import exp

    first, second = node.this.copy(), node.expression.copy()
    return exp.or_(first, exp.and_(second, exp.not_(first)))


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

    places = len(node.this.partition(".")[2])
    value = max(Decimal(0), Decimal(node.this) + step * Decimal(10) ** -places)
    return exp.Literal.number(str(value))


def _toggled_distinct(node: Any) -> Any:
    from sqlglot import exp

    if isinstance(node.this, exp.Distinct):
        return type(node)(this=node.this.expressions[0])
    return type(node)(this=exp.Distinct(expressions=[node.this]))


def _counting_nulls(node: Any) -> Any:
    from sqlglot import exp

    zero = [exp.Literal.number(0)]
    if isinstance(node.this, exp.Distinct):
        inner = exp.Coalesce(this=node.this.expressions[0].copy(), expressions=zero)
        return type(node)(this=exp.Distinct(expressions=[inner]))
    return type(node)(this=exp.Coalesce(this=node.this.copy(), expressions=zero))


def _nothing_is_zero(node: Any) -> Any:
    """SUM(x) -> COALESCE(SUM(x), 0): other where a group has NULLs alone."""
    from sqlglot import exp

    return exp.Coalesce(this=node.copy(), expressions=[exp.Literal.number(0)])


def _all_tied(node: Any) -> Any:
    """ORDER BY x LIMIT 1 -> WHERE x = (SELECT max(x) ..): other rows where the first is tied."""
    from sqlglot import exp

    key = node.args["order"].expressions[0]
    inner = node.copy()
    for name in ("order", "limit", "offset", "distinct"):
        inner.set(name, None)
        node.set(name, None)
    inner.set("expressions", [(exp.Max if key.args.get("desc") else exp.Min)(this=key.this.copy())])
    return node.where(exp.EQ(this=key.this.copy(), expression=inner.subquery()), copy=False)


def _renamed(node: Any, name: str) -> Any:
    from sqlglot import exp

    return exp.Column(this=exp.to_identifier(name, quoted=True), table=node.args.get("table"))
