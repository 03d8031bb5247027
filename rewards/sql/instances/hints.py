"""What a gold says about the values that decide it: constants beside columns, and columns that are joined."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rewards.sql.instances.blueprint import Blueprint
from rewards.sql.scan import tokens

Place = tuple[str, str]
"""(table, column), as the blueprint writes them."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Constants by the lower-case name of the column beside them, all constants, joined columns, tables named."""

    constants: dict[str, list[Any]] = field(default_factory=dict)
    loose: list[Any] = field(default_factory=list)
    joined: list[tuple[str, str]] = field(default_factory=list)
    tables: frozenset[str] = frozenset()


def read_hints(gold: str, blueprint: Blueprint) -> Hints:
    """Read a gold. One that sqlglot cannot parse gives its constants alone."""
    words = frozenset(t.text.strip('"`[]').casefold() for t in tokens(gold) if t.kind in ("word", "quoted"))
    tables = frozenset(plan.name for plan in blueprint.tables if plan.name.casefold() in words)
    names = {column.name.casefold() for plan in blueprint.tables for column in plan.columns}
    loose = _scanned(gold, names, blueprint.dialect)
    tree = parsed(gold, blueprint.dialect)
    if tree is None:
        return Hints({}, loose, [], tables)
    constants, joined = _predicates(tree, names)
    return Hints(constants, loose, joined, tables)


def parsed(sql: str, dialect: str) -> Any:
    """Return sqlglot's tree of one statement, or None."""
    import sqlglot

    try:
        return sqlglot.parse_one(sql, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return None


def _scanned(gold: str, names: set[str], dialect: str) -> list[Any]:
    found: list[Any] = []
    for token in tokens(gold):
        if token.kind == "text":
            found.append(token.text[1:-1].replace("''", "'"))
        elif token.kind == "quoted" and dialect == "sqlite" and token.text[0] == '"':
            text = token.text[1:-1]
            if text.casefold() not in names:  # SQLite reads a name that there is not as text
                found.append(text)
        elif token.kind == "number":
            found.append(number(token.text))
    return list(dict.fromkeys(v for v in found if v is not None))


def number(text: str) -> int | float | None:
    """Return a numeral's value, or None if it is none or too long."""
    try:
        return int(text) if text.isdecimal() and len(text) < 18 else float(text)
    except ValueError:
        return None


def _predicates(tree: Any, names: set[str]) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
    from sqlglot import exp

    constants: dict[str, list[Any]] = defaultdict(list)
    joined: list[tuple[str, str]] = []
    for node in tree.find_all(exp.Predicate):
        columns = [c.name.casefold() for c in node.find_all(exp.Column) if c.name.casefold() in names]
        if isinstance(node, exp.EQ | exp.In):
            left, right = _shown(node.this), _shown(node.args.get("query") or node.args.get("expression"))
            if left in names and right in names:
                joined.append((left, right))
        values = [v for v in (_constant(part, names) for part in _operands(node)) if v is not None]
        for column in columns[:1]:
            constants[column] += [v for v in values if v not in constants[column]]
    return dict(constants), joined


def _shown(side: Any) -> str:
    """Return the lower-case name of the column that a side of a comparison is, or that its subquery returns."""
    from sqlglot import exp

    while isinstance(side, exp.Subquery | exp.Paren):
        side = side.this
    if isinstance(side, exp.Select) and side.expressions:
        side = side.expressions[0].unalias()
    return side.name.casefold() if isinstance(side, exp.Column) else ""


def _operands(node: Any) -> list[Any]:
    parts = [node.args.get(name) for name in ("this", "expression", "low", "high")]
    return [part for part in (*parts, *node.args.get("expressions", [])) if part is not None]


def _constant(node: Any, names: set[str]) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.Neg):
        inner = _constant(node.this, names)
        return -inner if isinstance(inner, int | float) else None
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else number(node.this)
    if isinstance(node, exp.Column) and node.name.casefold() not in names and not node.table:
        return node.name
    return None
