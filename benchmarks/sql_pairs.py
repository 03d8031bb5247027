"""Labelled pairs of queries for `sql_reward.py`: golds, rewritten so that they stay right or become wrong.

A pair is labelled by what it returns on 40 databases that no checker is given: different as soon as one of them tells
the two apart, else equal. They are filled from the constants of the gold and of all its rewritings, and not selected:
the label does not come from the databases that the reward uses. The comparer is the same in both.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from rewards.sql.answer import Answer, answer_of
from rewards.sql.compare import difference
from rewards.sql.contract import Limits, Policy
from rewards.sql.engines import opened
from rewards.sql.instances.blueprint import Blueprint, read_blueprint
from rewards.sql.instances.fill import FLAVOURS, fill
from rewards.sql.instances.hints import Hints, read_hints
from rewards.sql.instances.write import write

JUDGES = 40
LIMITS = Limits(seconds=1.0, gold_seconds=2.0)
FLIPPED = {exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.EQ: exp.EQ}
OTHER_SIDE = {exp.GT: exp.LTE, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.LTE: exp.GT}


@dataclass(frozen=True)
class Pair:
    """A gold, a prediction, how the prediction was made, and whether it is right."""

    database: Path
    gold: str
    predicted: str
    family: str
    right: bool


def rewritings(
    gold: str, database: Path, others: Sequence[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield (family, query): rewritings meant to be equal, near misses, guesses, and golds of other questions."""
    tree = sqlglot.parse_one(gold, read="sqlite")
    for family, change in (*MEANT_EQUAL.items(), *MEANT_WRONG.items()):
        for at in range(2):
            with suppress(ValueError, AttributeError, TypeError, KeyError, IndexError):
                changed = change(tree.copy(), at, rng)
                if changed is not None:
                    text = changed if isinstance(changed, str) else changed.sql(dialect="sqlite")
                    if " ".join(text.split()).lower() != " ".join(gold.split()).lower():
                        yield family, text
    yield from guesses(gold, database, rng)
    yield from (("another question", other) for other in rng.sample(list(others), min(2, len(others))))


def guesses(gold: str, database: Path, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield queries that are right on one database by luck: its answer written out, other constants of the column."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(gold).fetchall()
        if 0 < len(rows) <= 3:
            shown = [", ".join(literal(cell) for cell in row) for row in rows]
            yield "answer written out", " UNION ALL ".join(f"SELECT {row}" for row in shown)
        for match in list(re.finditer(r"=\s*[\"']([^\"']+)[\"']", gold))[:1]:
            swapped = gold[: match.start(1)] + other_value(connection, match[1], rng) + gold[match.end(1) :]
            yield "another constant", swapped


def other_value(connection: sqlite3.Connection, value: str, rng: random.Random) -> str:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for column in [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]:
            found = [v for (v,) in connection.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')]
            rest = [v for v in found if isinstance(v, str) and v != value and "'" not in v and '"' not in v]
            if value in found and rest:
                return str(rng.choice(rest))
    return value + "s"


def literal(cell: Any) -> str:
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, int | float) else "'" + str(cell).replace("'", "''") + "'"


def nth(tree: Any, kinds: Any, at: int) -> Any:
    return list(tree.find_all(kinds))[at]


def flipped(tree: Any, at: int, rng: random.Random) -> Any:
    node = nth(tree, tuple(FLIPPED), at)
    node.replace(FLIPPED[type(node)](this=node.expression, expression=node.this))
    return tree


def negated_twice(tree: Any, at: int, rng: random.Random) -> Any:
    node = nth(tree, tuple(OTHER_SIDE), at)
    node.replace(
        exp.Not(this=exp.Paren(this=OTHER_SIDE[type(node)](this=node.this, expression=node.expression)))
    )
    return tree


def wrapped(tree: Any, at: int, rng: random.Random) -> str | None:
    ordered = tree.args.get("order") or tree.args.get("limit")
    text = tree.sql(dialect="sqlite")
    return None if ordered else (f"SELECT * FROM ({text}) AS q", f"WITH q AS ({text}) SELECT * FROM q")[at]


def swapped_join(tree: Any, at: int, rng: random.Random) -> Any:
    join, source = tree.args["joins"][0], tree.args["from_"] if tree.args.get("from_") else tree.args["from"]
    if len(tree.args["joins"]) > 1 or join.side or at:
        return None
    first, second = source.this.copy(), join.this.copy()
    source.set("this", second)
    join.set("this", first)
    return tree


def in_for_equals(tree: Any, at: int, rng: random.Random) -> Any:
    node = nth(tree, exp.EQ, at)
    if not isinstance(node.expression, exp.Literal):
        return None
    node.replace(exp.In(this=node.this, expressions=[node.expression]))
    return tree


def grouped_distinct(tree: Any, at: int, rng: random.Random) -> Any:
    if not tree.args.get("distinct") or tree.args.get("group") or tree.args.get("order") or at:
        return None
    tree.set("distinct", None)
    return tree.group_by(*[e.unalias().copy() for e in tree.expressions])


def stepped_limit(tree: Any, at: int, rng: random.Random) -> Any:
    number = tree.args["limit"].expression
    number.replace(exp.Literal.number(int(number.this) + (1 if at == 0 else 3)))
    return tree


def extreme(tree: Any, at: int, rng: random.Random) -> Any:
    """ORDER BY x LIMIT 1 -> WHERE x = (SELECT MAX(x) ..): another answer where the largest is tied."""
    order, source = tree.args["order"].expressions[0], (tree.args.get("from_") or tree.args["from"]).this
    if tree.args.get("group") or tree.args.get("joins") or at or tree.args["limit"].expression.this != "1":
        return None
    agg = exp.Max if order.args.get("desc") else exp.Min
    inner = exp.select(agg(this=order.this.copy())).from_(source.copy())
    tree.set("order", None)
    tree.set("limit", None)
    return tree.where(exp.EQ(this=order.this.copy(), expression=inner.subquery()))


def replaced(kind: Any, make: Any) -> Any:
    def change(tree: Any, at: int, rng: random.Random) -> Any:
        node = nth(tree, kind, at)
        node.replace(make(node))
        return tree

    return change


def dropped(part: str) -> Any:
    def change(tree: Any, at: int, rng: random.Random) -> Any:
        node = nth(tree, exp.Select, at)
        if not node.args.get(part):
            return None
        node.set(part, None)
        return tree

    return change


def other_number(tree: Any, at: int, rng: random.Random) -> Any:
    node = [n for n in tree.find_all(exp.Literal) if not n.is_string and not isinstance(n.parent, exp.Limit)][
        at
    ]
    node.replace(exp.Literal.number(round(float(node.this) * (1.3 if at else 0.7)) + 1))
    return tree


def dropped_join(tree: Any, at: int, rng: random.Random) -> Any:
    joins = tree.args["joins"]
    joins.pop(at)
    return tree


def made_left(tree: Any, at: int, rng: random.Random) -> Any:
    tree.args["joins"][at].set("side", "LEFT")
    return tree


def made_distinct(tree: Any, at: int, rng: random.Random) -> Any:
    select = nth(tree, exp.Select, at)
    select.set("distinct", None if select.args.get("distinct") else exp.Distinct())
    return tree


MEANT_EQUAL = {
    "sides swapped": flipped,
    "NOT of the opposite": negated_twice,
    "in a subquery": wrapped,
    "tables swapped": swapped_join,
    "IN for =": in_for_equals,
    "GROUP BY for DISTINCT": grouped_distinct,
    "COUNT(1)": replaced(exp.Star, lambda n: exp.Literal.number(1) if isinstance(n.parent, exp.Count) else n),
    "1 = 1": lambda tree, at, rng: None if at else tree.where("1 = 1"),
    "printed again": lambda tree, at, rng: None if at else tree.sql(dialect="sqlite", pretty=True).lower(),
}
MEANT_WRONG = {
    "another number": other_number,
    "a strict bound": replaced(
        (exp.GT, exp.LT), lambda n: {exp.GT: exp.GTE, exp.LT: exp.LTE}[type(n)](**n.args)
    ),
    "no WHERE": dropped("where"),
    "no HAVING": dropped("having"),
    "no GROUP BY": dropped("group"),
    "no ORDER BY": dropped("order"),
    "no LIMIT": dropped("limit"),
    "a longer LIMIT": stepped_limit,
    "MAX for LIMIT 1": extreme,
    "DISTINCT or not": made_distinct,
    "a table less": dropped_join,
    "LEFT JOIN": made_left,
    "OR for AND": replaced(exp.And, lambda n: exp.Or(**n.args)),
    "half a condition": replaced(exp.And, lambda n: n.this),
    "another aggregate": replaced((exp.Max, exp.Sum), lambda n: exp.Avg(this=n.this)),
    "COUNT DISTINCT": replaced(exp.Count, lambda n: exp.Count(this=exp.Distinct(expressions=[n.this]))),
    "EXCEPT for INTERSECT": replaced(exp.Intersect, lambda n: exp.Except(**n.args)),
    "UNION for INTERSECT": replaced(exp.Intersect, lambda n: exp.Union(**n.args)),
    "NULLs left out": lambda tree, at, rng: (
        None if at else tree.where(f"NOT {nth(tree, exp.Column, 0).sql('sqlite')} IS NULL")
    ),
}


def labelled(database: Path, golds: Sequence[str], folder: Path, seed: int) -> list[Pair]:
    """Return the labelled pairs of some golds on one database."""
    blueprint = read_blueprint(database, "sqlite")
    found: list[Pair] = []
    for at, gold in enumerate(golds):
        rng = random.Random(f"{seed}:{gold}")
        others = [other for other in golds if other != gold]
        texts = {text: family for family, text in rewritings(gold, database, others, rng)}
        judges = judge_databases(blueprint, [gold, *texts], folder / f"judge-{at}", seed)
        found += label(database, gold, texts, judges)
    return found


def judge_databases(blueprint: Blueprint, texts: Sequence[str], folder: Path, seed: int) -> list[Path]:
    each = [read_hints(text, blueprint) for text in texts]
    constants: dict[str, list[Any]] = {}
    for hints in each:
        for name, values in hints.constants.items():
            constants.setdefault(name, []).extend(v for v in values if v not in constants.get(name, []))
    merged = Hints(constants, each[0].loose, each[0].joined, frozenset(t for h in each for t in h.tables))
    paths = []
    for at in range(JUDGES):
        rows = fill(
            blueprint, merged, FLAVOURS[at % len(FLAVOURS)], random.Random(f"judge:{seed}:{at}:{texts[0]}")
        )
        write(blueprint, rows, folder / f"{at:02}.sqlite")
        paths.append(folder / f"{at:02}.sqlite")
    return paths


def label(database: Path, gold: str, texts: dict[str, str], judges: Sequence[Path]) -> Iterator[Pair]:
    differs: set[str] = set()
    runs: set[str] = set()
    decided = 0
    for path in (database, *judges):
        engine, backwards = opened(path, LIMITS, False), opened(path, LIMITS, True)
        answer = answer_of(gold, engine, backwards, LIMITS)
        if isinstance(answer, Answer) and answer.determined:
            decided += 1
            for text in texts:
                table = engine.run(text, LIMITS.seconds).table
                if table is not None:
                    runs.add(text)
                if table is not None and difference(table, answer, Policy()):
                    differs.add(text)
        engine.close()
        backwards.close()
    if decided > JUDGES // 2:  # else the gold has no one answer
        yield from (Pair(database, gold, t, texts[t], t not in differs) for t in texts if t in runs)
