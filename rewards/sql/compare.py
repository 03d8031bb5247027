"""Compare a prediction's rows with what the gold admits, under a policy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from rewards.sql.answer import Answer, Block
from rewards.sql.contract import Policy, Row, Table
from rewards.sql.match import contained

CHOICES = 2000
"""Ways of choosing columns that are tried where the policy leaves their order open, fewer for many rows."""
CHOSEN_ROWS = 200_000
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*")
SHOWN = 80


def difference(predicted: Table, answer: Answer, policy: Policy) -> str:
    """Return why a prediction's table is not the answer, in one sentence, or "" if it is."""
    wanted, got = len(answer.table.columns), len(predicted.columns)
    if got < wanted or (got > wanted and not policy.extra_columns):
        return f"it returns {got} columns, the gold {wanted}"
    for blocks in (answer.blocks,) if answer.determined else (answer.blocks, answer.other):
        if admits(_allowed(blocks, answer, policy), predicted.rows, policy, wanted):
            return ""
    if policy.duplicates == "count" and len(predicted.rows) != len(answer.table.rows):
        return f"it returns {len(predicted.rows)} rows, the gold {len(answer.table.rows)}"
    return _unlike(predicted.rows, answer.table.rows)


def admits(blocks: Sequence[Block], rows: Sequence[Row], policy: Policy, width: int | None = None) -> bool:
    """Return whether rows are among the answers that blocks admit.

    Args:
        blocks: the answer.
        rows: the prediction's rows.
        policy: of which `column_order`, `extra_columns`, `duplicates` and the tolerances count here.
        width: the gold's number of columns; None = the prediction's.
    """
    blocks, rows = _read_as(blocks, rows, policy)
    free = policy.column_order == "any" or policy.extra_columns
    if not free or not rows:
        return _walk(blocks, rows, policy)
    choices = _choices(blocks, rows, policy, len(rows[0]) if width is None else width)
    return any(_walk(blocks, [_picked(row, choice) for row in rows], policy) for choice in choices)


def _allowed(blocks: Sequence[Block], answer: Answer, policy: Policy) -> Sequence[Block]:
    """Return the blocks as the policy has them: with ties fixed, cuts fixed, or no order at all."""
    rows = answer.table.rows
    if not policy.limit_ties and any(b.take < len(b.rows) for b in blocks):
        at, kept = 0, []
        for block in blocks:
            kept.append(Block(rows[at : at + block.take], block.take))
            at += block.take
        blocks = kept
    if policy.row_order == "strict" or (policy.ties == "fixed" and answer.ordered):
        return [Block((row,), 1) for row in rows]
    if policy.row_order == "any":
        whole = [b for b in blocks if b.take == len(b.rows)]
        cut = [b for b in blocks if b.take < len(b.rows)]
        rows = tuple(row for b in whole for row in b.rows)
        return [Block(rows, len(rows)), *cut] if rows else cut
    return blocks


def _read_as(
    blocks: Sequence[Block], rows: Sequence[Row], policy: Policy
) -> tuple[Sequence[Block], Sequence[Row]]:
    if policy.number_as_text:
        blocks = [Block(tuple(_numbers(row) for row in b.rows), b.take) for b in blocks]
        rows = [_numbers(row) for row in rows]
    if policy.duplicates == "ignore":
        seen: set[Row] = set()
        kept = []
        for block in blocks:
            unique = tuple(row for row in dict.fromkeys(block.rows) if row not in seen)
            seen.update(unique)
            take = len(unique) if block.take == len(block.rows) else min(block.take, len(unique))
            kept.append(Block(unique, take))
        blocks, rows = [b for b in kept if b.take], list(dict.fromkeys(rows))
    return blocks, rows


def _numbers(row: Row) -> Row:
    return tuple(_number(cell) if isinstance(cell, str) and NUMBER.fullmatch(cell) else cell for cell in row)


def _number(text: str) -> int | float:
    return int(text) if text.strip().lstrip("+-").isdecimal() and len(text) < 30 else float(text)


def _walk(blocks: Sequence[Block], rows: Sequence[Row], policy: Policy) -> bool:
    """Take each block's rows from the front of the prediction's."""
    if len(rows) != sum(block.take for block in blocks):
        return False
    if policy.row_order == "any" and len(blocks) > 1:
        return _unordered(blocks, rows, policy)
    at = 0
    for block in blocks:
        if not contained(rows[at : at + block.take], block.rows, policy.rtol, policy.atol):
            return False
        at += block.take
    return True


def _unordered(blocks: Sequence[Block], rows: Sequence[Row], policy: Policy) -> bool:
    """Compare with whole and cut blocks in any order: all rows of the whole ones, the rest from the cut ones."""
    whole = [row for b in blocks if b.take == len(b.rows) for row in b.rows]
    every = [row for b in blocks for row in b.rows]
    return contained(whole, rows, policy.rtol, policy.atol) and contained(
        rows, every, policy.rtol, policy.atol
    )


def _picked(row: Row, choice: Sequence[int]) -> Row:
    return tuple(row[i] for i in choice)


def _choices(
    blocks: Sequence[Block], rows: Sequence[Row], policy: Policy, width: int
) -> Iterator[tuple[int, ...]]:
    """Yield which columns of the prediction may stand for the gold's, those first that are in place."""
    gold = [row for block in blocks for row in block.rows]
    fits = [
        [
            i
            for i in range(len(rows[0]))
            if contained([(row[i],) for row in rows], [(row[j],) for row in gold], policy.rtol, policy.atol)
        ]
        for j in range(width)
    ]
    ordered = policy.column_order == "strict"
    most = max(24, min(CHOICES, CHOSEN_ROWS // len(rows)))
    return islice(_paths(fits, (), (lambda c, n: n > c) if ordered else (lambda c, n: True)), most)


def _paths(
    fits: Sequence[Sequence[int]], chosen: tuple[int, ...], follows: Callable[[int, int], bool]
) -> Iterator[tuple[int, ...]]:
    if len(chosen) == len(fits):
        yield chosen
        return
    here = len(chosen)
    for column in sorted(fits[here], key=lambda c: c != here):
        if column not in chosen and (not chosen or follows(chosen[-1], column)):
            yield from _paths(fits, (*chosen, column), follows)


def _unlike(rows: Sequence[Row], gold: Sequence[Row]) -> str:
    extra, missing = Counter(rows) - Counter(gold), Counter(gold) - Counter(rows)
    if not extra and not missing:
        return "the rows stand in another order"
    shown = [
        f"{say} {next(iter(rest))!r:.{SHOWN}}" for say, rest in (("it has", extra), ("not", missing)) if rest
    ]
    return ", ".join(shown)


def figures(predicted: Table | None, gold: Table) -> tuple[float, float, float]:
    """Return QATCH's cell precision, cell recall and tuple cardinality (Papicchio et al., NeurIPS 2023).

    The share of the prediction's cells whose value is among the gold's, the share of the gold's among the prediction's,
    and the smaller number of rows over the larger. Two results without cells are equal: (1, 1, 1).
    """
    if predicted is None:
        return 0.0, 0.0, 0.0
    if not predicted.rows and not gold.rows:
        return 1.0, 1.0, 1.0
    ours, theirs = list(_cells(predicted.rows)), list(_cells(gold.rows))
    if not ours or not theirs:
        return 0.0, 0.0, 0.0
    few, many = sorted((len(predicted.rows), len(gold.rows)))
    return _share(ours, set(theirs)), _share(theirs, set(ours)), few / many


def _cells(rows: Iterable[Row]) -> Iterator[Any]:
    return (cell for row in rows for cell in row)


def _share(cells: Sequence[Any], among: set[Any]) -> float:
    return sum(cell in among for cell in cells) / len(cells)
