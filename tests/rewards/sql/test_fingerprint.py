"""A run's cache of scores forgets what was said about another content of the same file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rewards import Runner, load_reward
from rewards.sql.fingerprint import fingerprint_sql


def change(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM customers WHERE age > 30")
        connection.commit()


@pytest.mark.parametrize("name", ["sql", "sql_partial"])
def test_scores_are_kept_by_what_the_database_holds(name: str, shop: Path, tmp_path: Path) -> None:
    row = {"completion": "```sql\nSELECT 4\n```", "answer": "SELECT count(*) FROM customers", "db": str(shop)}
    bound = load_reward(name)
    with Runner(1, cache=tmp_path / "scores.sqlite") as runner:
        bound.runner = runner
        assert runner.cache is not None
        first = bound.score_batch([row])[0]
        assert first.parts["execution"] == 1.0
        assert bound.score_batch([row])[0] == first
        assert runner.cache.hits == 1
        change(shop)
        assert bound.score_batch([row])[0].parts["execution"] == 0.0
        assert runner.cache.hits == 1


def test_files_are_told_by_content_and_scripts_by_their_text(shop: Path, tmp_path: Path) -> None:
    copy, script = tmp_path / "copy.sqlite", tmp_path / "made.sql"
    copy.write_bytes(shop.read_bytes())
    script.write_text("CREATE TABLE t (a)")
    here, there = fingerprint_sql({"db": str(shop)}), fingerprint_sql({"db": [os.fspath(copy)]})
    assert here == there
    assert fingerprint_sql({"db": [shop, str(script)]}).startswith(here + " ")
    assert fingerprint_sql({"db": "CREATE TABLE t (a)"}) == ""


def test_a_file_that_is_not_there_is_not_kept_under_its_name(shop: Path, tmp_path: Path) -> None:
    row = {"completion": "SELECT 4", "answer": "SELECT count(*) FROM customers", "db": str(tmp_path / "no")}
    bound = load_reward("sql")
    with Runner(1, cache=tmp_path / "scores.sqlite") as runner:
        bound.runner = runner
        assert bound.score_batch([row])[0].value is None
        (tmp_path / "no").write_bytes(shop.read_bytes())
        assert bound.score_batch([row])[0].value == 1.0
