"""Tiny text-to-SQL: two tables, one filter; the task of `embedded:proxy-sql`.

A question such as `max area of city with people over 40?` is answered by `select max(area) from city where people>40`.
The warm start writes queries with three kinds of slip, each more likely than not: all columns instead of the one asked
for, no filter, and a filter on a column that does not exist. A sample without a slip is rare, so a reward for results
alone has little to teach from at first; the parts of `sql_partial` see each slip apart.
"""

from __future__ import annotations

import hashlib
import random
from functools import cache
from typing import Any, NamedTuple

from rewards.errors import ToolkitError

TABLES = {"city": ("people", "area"), "river": ("length", "depth")}
OPERATORS = {"over": ">", "under": "<"}
AGGREGATES = ("min", "max", "sum")
NUMBERS = range(10, 90)
HELD_OUT_ONE_IN = 20
SLIPS = {"wide": 0.6, "whole": 0.6, "vague": 0.5}
"""Kind of slip -> its share in the warm start."""
ROWS = 12
INSTANCES = 2


class Query(NamedTuple):
    """A question's pieces: what is asked, of which table, and the filter."""

    what: str
    table: str
    column: str
    operator: str
    number: int


def question(query: Query) -> str:
    """Return the prompt, for example `max area of city with people over 40?`."""
    return f"{query.what} of {query.table} with {query.column} {query.operator} {query.number}?"


def gold(query: Query) -> str:
    """Return the reference query."""
    return f"select {_expression(query)} from {query.table}{_filter(query, query.column)}"


def slipped(query: Query, draw: random.Random) -> str:
    """Return the query as the warm start writes it, with each slip as likely as `SLIPS` says."""
    wide, whole, vague = (draw.random() < share for share in SLIPS.values())
    condition = "" if whole else _filter(query, "size" if vague else query.column)
    return f"select {'*' if wide else _expression(query)} from {query.table}{condition}"


def _expression(query: Query) -> str:
    head, _, column = query.what.partition(" ")
    return f"{head}({column})" if column else "count(*)" if head == "count" else head


def _filter(query: Query, column: str) -> str:
    return f" where {column}{OPERATORS[query.operator]}{query.number}"


@cache
def queries(split: str) -> tuple[Query, ...]:
    """Return all questions of a split, `train` or `test` (held out by a hash of the question)."""
    if split not in ("train", "test"):
        raise ToolkitError(f"unknown split `{split}` of embedded:queries. Known: train, test.")
    every = (
        Query(what, table, column, operator, number)
        for table, columns in TABLES.items()
        for what in ("name", "count", *(f"{a} {c}" for a in AGGREGATES for c in columns))
        for column in columns
        for operator in OPERATORS
        for number in NUMBERS
    )
    return tuple(q for q in every if _is_held_out(q) == (split == "test"))


def _is_held_out(query: Query) -> bool:
    digest = hashlib.sha256(f"queries:{question(query)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT_ONE_IN == 0


@cache
def script(instance: int) -> str:
    """Return the SQL script of a database; further instances have other rows, so that a lucky guess shows."""
    draw = random.Random(f"queries:{instance}")
    lines = []
    for table, columns in TABLES.items():
        lines.append(f"CREATE TABLE {table} (name TEXT, {', '.join(f'{c} INTEGER' for c in columns)});")
        rows = (f"('{table}{i}', {draw.randint(1, 99)}, {draw.randint(1, 99)})" for i in range(ROWS))
        lines.append(f"INSERT INTO {table} VALUES {', '.join(rows)};")
    return "\n".join(lines)


def query_rows(split: str, size: int | None = None, seed: int = 0) -> list[dict[str, Any]]:
    """Return rows `{"id", "question", "answer", "db"}` of a split, drawn with `seed`; all of them if `size` is None."""
    pool = queries(split)
    drawn = random.Random(f"queries:{split}:{seed}").sample(pool, len(pool) if size is None else size)
    db = [script(number) for number in range(INSTANCES)]
    return [{"id": question(q), "question": question(q), "answer": gold(q), "db": db} for q in drawn]


def pairs(count: int, draw: random.Random) -> list[tuple[str, str]]:
    """Return prompts and completions for one batch of the warm start."""
    return [(question(q), slipped(q, draw)) for q in draw.choices(queries("train"), k=count)]
