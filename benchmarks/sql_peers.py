"""Two public ways of judging SQL, rebuilt from their descriptions to be measured beside ours.

`by_test_suite` follows "Semantic Evaluation for Text-to-SQL with Distilled Test Suites" (Zhong, Yu, Klein, EMNLP 2020)
as its evaluator is run: DISTINCT dropped from both, columns in any permutation, rows as a multiset or, where the gold
says ORDER BY anywhere, as a list; a plain connection for each query. `by_sets` compares sets of rows on one database,
as BIRD's evaluator does.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from itertools import permutations, product
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


def fetched(sql: str, path: Path) -> Rows | None:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = lambda raw: raw.decode(errors="ignore")
            return connection.execute(sql).fetchall()
    except (sqlite3.Error, sqlite3.Warning):
        return None


def by_test_suite(predicted: str, gold: str, databases: Sequence[Path], keep_distinct: bool = False) -> bool:
    if not keep_distinct:
        predicted, gold = (
            re.sub(r"\bdistinct\b", " ", sql, flags=re.IGNORECASE) for sql in (predicted, gold)
        )
    ordered = "order by" in gold.lower()
    for path in databases:
        wanted, found = fetched(gold, path), fetched(predicted, path)
        if wanted is None or found is None or not same(wanted, found, ordered):
            return False
    return True


def same(wanted: Rows, found: Rows, ordered: bool) -> bool:
    if not wanted and not found:
        return True
    if len(wanted) != len(found) or len(wanted[0]) != len(found[0]):
        return False
    width = len(wanted[0])
    columns = [[[row[i] for row in rows] for i in range(width)] for rows in (wanted, found)]
    fits = [
        [j for j in range(width) if Counter(columns[0][i]) == Counter(columns[1][j])] for i in range(width)
    ]
    choices = product(*fits) if width > 3 else permutations(range(width))
    for choice in choices:
        if len(set(choice)) < width:
            continue
        moved = [tuple(row[j] for j in choice) for row in found]
        if (wanted == moved) if ordered else (Counter(wanted) == Counter(moved)):
            return True
    return False


def by_sets(predicted: str, gold: str, database: Path) -> bool:
    wanted, found = fetched(gold, database), fetched(predicted, database)
    return wanted is not None and found is not None and set(wanted) == set(found)
