"""Whether one multiset of rows lies within another, with a tolerance for floats."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from rewards.sql.contract import Row

CLOSE_ROWS = 300
"""Rows that differ in their numbers alone and are paired by search; beyond it they are paired in sorted order only."""
_NUMBER = object()


def contained(small: Sequence[Row], big: Sequence[Row], rtol: float, atol: float) -> bool:
    """Return whether every row of `small` has a row of `big` of its own that equals it.

    Integers, text, blobs and NULL compare exactly, 1 equals 1.0, and two numbers of which one is a float are equal if
    |a - b| <= max(rtol * max(|a|, |b|), atol).
    """
    if len(small) > len(big):
        return False
    left = Counter(big)
    missing = []
    for row in small:
        if left[row] > 0:
            left[row] -= 1
        else:
            missing.append(row)
    if not missing:
        return True
    if not any(isinstance(cell, float) for row in (*missing, *left) for cell in row):
        return False
    return _paired(missing, list(left.elements()), rtol, atol)


def _paired(small: Sequence[Row], big: Sequence[Row], rtol: float, atol: float) -> bool:
    """Pair rows that agree in all but their numbers, group by group."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in big:
        groups[_without_numbers(row)].append(row)
    wanted: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in small:
        wanted[_without_numbers(row)].append(row)
    return all(_group(rows, groups.get(key, []), rtol, atol) for key, rows in wanted.items())


def _group(small: list[Row], big: list[Row], rtol: float, atol: float) -> bool:
    if len(small) > len(big):
        return False
    if len(small) == len(big):
        key = _sorter((*small, *big))
        in_order = zip(sorted(small, key=key), sorted(big, key=key), strict=True)
        if all(_close(a, b, rtol, atol) for a, b in in_order):
            return True
    if len(big) > CLOSE_ROWS:
        return False
    edges = [[j for j, b in enumerate(big) if _close(a, b, rtol, atol)] for a in small]
    owner: dict[int, int] = {}
    return all(_augment(i, edges, owner, set()) for i in range(len(small)))


def _augment(i: int, edges: list[list[int]], owner: dict[int, int], seen: set[int]) -> bool:
    """Find a row for row `i`, moving others if need be (Kuhn's algorithm)."""
    for j in edges[i]:
        if j in seen:
            continue
        seen.add(j)
        if j not in owner or _augment(owner[j], edges, owner, seen):
            owner[j] = i
            return True
    return False


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float)


def _without_numbers(row: Row) -> tuple[Any, ...]:
    return tuple(_NUMBER if _is_number(cell) else cell for cell in row)


def _sorter(rows: Sequence[Row]) -> Callable[[Row], Row]:
    """Return a sort key of numbers, exact columns first: floats that are equal here must not decide the order."""
    places = [i for i, cell in enumerate(rows[0]) if _is_number(cell)]
    loose = {i for row in rows for i in places if isinstance(row[i], float)}
    places.sort(key=lambda i: i in loose)
    return lambda row: tuple(row[i] for i in places)


def _close(a: Row, b: Row, rtol: float, atol: float) -> bool:
    return all(
        x == y
        or (
            _is_number(x)
            and (isinstance(x, float) or isinstance(y, float))
            and math.isclose(x, y, rel_tol=rtol, abs_tol=atol)
        )
        for x, y in zip(a, b, strict=True)
    )
