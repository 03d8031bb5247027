"""What the gold's result admits: rows in blocks, any order within a block, the blocks in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rewards.sql.contract import Fault, Limits, Policy, Result, Row, Table
from rewards.sql.engines.base import Engine
from rewards.sql.outermost import Outermost, outermost, ranked


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of which a right answer has `take`, in any order. A LIMIT that cuts through a tie takes fewer than all."""

    rows: tuple[Row, ...]
    take: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The gold's result on one database.

    Attributes:
        table: what the gold returned.
        blocks: what it may return: one block if it does not order.
        ordered: whether its outermost query orders.
        determined: whether it returned the same with the tables read in the opposite order.
        other: what it may return in that order, where it is not determined.
    """

    table: Table
    blocks: tuple[Block, ...]
    ordered: bool = False
    determined: bool = True
    other: tuple[Block, ...] = ()


def answer_of(gold: str, engine: Engine, backwards: Engine | None, limits: Limits) -> Answer | Result:
    """Run a gold and find what its result leaves open; return the failed result if it does not run.

    Args:
        gold: one statement.
        engine: the database.
        backwards: the same database with its tables read in the opposite order, or None if that cannot be had.
        limits: the gold's time is `gold_seconds`.
    """
    result = engine.run(gold, limits.gold_seconds)
    if result.table is None:
        return result
    outer = outermost(gold)
    answer = _blocks(outer, result.table, engine, limits)
    if backwards is None:
        return answer
    again = backwards.run(gold, limits.gold_seconds)
    if again.table is None:
        return again if again.fault is Fault.TIMEOUT else answer
    return _checked(answer, outer, again.table, backwards, limits)


def _checked(answer: Answer, outer: Outermost, again: Table, backwards: Engine, limits: Limits) -> Answer:
    from rewards.sql.compare import admits

    policy = Policy()
    if admits(answer.blocks, again.rows, policy):
        return answer
    whole = (Block(answer.table.rows, len(answer.table.rows)),)
    if answer.ordered and admits(whole, again.rows, policy):
        return replace(
            answer, blocks=whole
        )  # only the order of ties differs, and which rows are tied is not known
    other = _blocks(outer, again, backwards, limits)
    return replace(answer, determined=False, other=other.blocks)


def _blocks(outer: Outermost, table: Table, engine: Engine, limits: Limits) -> Answer:
    from rewards.sql.compare import admits

    plain = _plain(table.rows, bool(outer.order))
    answer = Answer(table, plain, bool(outer.order))
    if not outer.known or not (outer.order or outer.limit is not None):
        return answer
    texts = ranked(outer, len(table.columns)) if outer.order else [outer.body]
    for text in texts:
        found = engine.run(text, limits.gold_seconds)
        if found.table is None:
            continue
        groups = _groups(found.table.rows) if outer.order else [found.table.rows]
        blocks = _cut(groups, outer.limit, outer.offset)
        if sum(b.take for b in blocks) == len(table.rows) and admits(blocks, table.rows, Policy()):
            return replace(answer, blocks=blocks)
    return answer


def _plain(rows: tuple[Row, ...], ordered: bool) -> tuple[Block, ...]:
    return tuple(Block((row,), 1) for row in rows) if ordered else (Block(rows, len(rows)),)


def _groups(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """Group rows by their last column, the rank, which is dropped."""
    return [tuple(row[:-1] for row in group) for _, group in groupby(rows, key=lambda row: row[-1])]


def _cut(groups: Sequence[tuple[Row, ...]], limit: int | None, offset: int) -> tuple[Block, ...]:
    """Return the groups that LIMIT and OFFSET reach, with how many rows of each they take."""
    blocks = []
    skip, left = offset, float("inf") if limit is None else limit
    for group in groups:
        skipped = min(skip, len(group))
        take = int(min(len(group) - skipped, left))
        skip, left = skip - skipped, left - take
        if take:
            blocks.append(Block(group, take))
    return tuple(blocks)
