"""Tiny text-to-SQL: two tables, one filter; the task of `embedded:proxy-sql`.

A question such as `max area of city with people over 40?` is answered by `select max(area) from city where people>40`.
The warm start writes queries with three kinds of slip, each more likely than not: all columns instead of what is
asked for, no filter, and the column instead of its minimum, maximum or sum. One sample in fifty is free of them,
so a reward for results alone has next to nothing to teach from at first; the parts of `sql_partial` tell slips apart.

Left out: slips that make a query fail, such as the other table or a column that does not exist. While those are common,
every filter is a risk to the `syntax` part, and partial rewards teach to leave filters out.
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
NUMBERS = (20, 40, 60, 80)
HELD_OUT_ONE_IN = 5
SLIPS = {"wide": 0.8, "whole": 0.8, "plain": 0.6}
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
    return f"select {_expression(query)} from {query.table}{_filter(query)}"


def slipped(query: Query, draw: random.Random) -> str:
    """Return the query as the warm start writes it, with each slip as likely as `SLIPS` says."""
    wide, whole, plain = (draw.random() < share for share in SLIPS.values())
    what = "*" if wide else _plain(query) if plain else _expression(query)
    return f"select {what} from {query.table}{'' if whole else _filter(query)}"


def _expression(query: Query) -> str:
    head, _, column = query.what.partition(" ")
    return f"{head}({column})" if column else "count(*)" if head == "count" else head


def _plain(query: Query) -> str:
    """Return the column without its aggregate; of a count, the name."""
    return query.what.partition(" ")[2] or "name"


def _filter(query: Query) -> str:
    return f" where {query.column}{OPERATORS[query.operator]}{query.number}"


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
