"""Syntax: whether the engine itself accepts a query, by its EXPLAIN. A parser of SQL at large accepts other things."""

from __future__ import annotations

from rewards.sql.engines.base import Engine


def syntax_score(sql: str, engine: Engine) -> float:
    """Return 1 if every statement is a read-only query that the engine can prepare, else 0. Nothing is run."""
    statements = engine.statements(sql)
    return float(bool(statements) and all(engine.explain(one).fault is None for one in statements))
