"""Completions as models write them: hedged, decorated, broken, hostile; labelled by hand before a verifier saw them.

`strangers.jsonl` holds them; the few on which label and verifier still differ by intent are told in docs/LOG.md.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
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


OTHERS = """
delete from emp; delete from dept;
insert into emp values (7, 'Zed', 'IT', 10, '2001-01-01'), (8, 'Yan', 'HR', 80.5, null);
insert into dept values ('IT', 'Tech');
"""


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A database, and another of the same tables with other rows."""
    folder = tmp_path_factory.mktemp("db")
    for name, script in (("staff", TABLES), ("other", TABLES + OTHERS)):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection:
            connection.executescript(script)
    return [str(folder / "staff.sqlite"), str(folder / "other.sqlite")]


@pytest.mark.parametrize("name", ["number", "exact", "math", "format", "sql"])
def test_every_row_gets_its_label(name: str, databases: list[str]) -> None:
    missed = []
    for row in (row for row in ROWS if row["reward"] == name):
        columns: dict[str, Any] = {key: row[key] for key in ("completion", "answer") if key in row}
        if name == "sql":
            columns["db"] = databases[: row.get("instances", 1)]
        score = load_reward(name, **row.get("params", {})).score(**columns)
        if (score.value == 1.0) != row["paid"]:
            missed.append((row, score.value, score.reason))
    assert not missed


def test_the_table_is_large_and_mostly_hostile() -> None:
    assert min(Counter(row["reward"] for row in ROWS).values()) >= 30
    assert sum(not row["paid"] for row in ROWS) > len(ROWS) / 2
