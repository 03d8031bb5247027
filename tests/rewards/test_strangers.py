"""Completions as models write them: hedged, decorated, broken, hostile; labelled by hand before a verifier saw them.

`strangers.jsonl` holds them; the few on which label and verifier still differ by intent are told in docs/LOG.md.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rewards import load_reward

ROWS: list[dict[str, Any]] = [json.loads(line) for line in (Path(__file__).parent / "strangers.jsonl").open()]
TABLES = """
create table emp(id integer primary key, name text, dept text, salary real, hired text);
insert into emp values (1, 'Ann', 'IT', 100, '2020-01-01'), (2, 'Bob', 'HR', 80, '2021-05-06'),
  (3, 'Cy', 'IT', 120, '2019-03-04'), (4, 'Di', null, 90, null);
create table dept(code text, title text);
insert into dept values ('IT', 'Tech'), ('HR', 'People');
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("db") / "staff.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.close()
    return str(path)


@pytest.mark.parametrize("name", ["number", "exact", "math", "format", "sql"])
def test_every_row_gets_its_label(name: str, db: str) -> None:
    missed = []
    for row in (row for row in ROWS if row["reward"] == name):
        columns = {key: row[key] for key in ("completion", "answer") if key in row}
        score = load_reward(name, **row.get("params", {})).score(
            **columns, **({"db": db} if name == "sql" else {})
        )
        if (score.value == 1.0) != row["paid"]:
            missed.append((row, score.value, score.reason))
    assert not missed


def test_the_table_is_large_and_mostly_hostile() -> None:
    assert min(Counter(row["reward"] for row in ROWS).values()) >= 30
    assert sum(not row["paid"] for row in ROWS) > len(ROWS) / 2
