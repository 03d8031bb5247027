"""Instances: keys and references hold, the same arguments give the same rows, and lucky queries fail on them."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rewards.sql.contract import Verdict
from rewards.sql.engines.base import DatabaseError
from rewards.sql.execute import judge_execution
from rewards.sql.instances.blueprint import read_blueprint
from rewards.sql.instances.fill import FLAVOURS, fill
from rewards.sql.instances.hints import read_hints
from rewards.sql.instances.make import make_instances
from rewards.sql.instances.mutants import mutants
from rewards.sql.instances.values import near_misses

GOLD = "SELECT name FROM customers WHERE age > 29 AND city = 'Bonn'"
LUCKY = [
    "SELECT 'Ann'",
    "SELECT name FROM customers WHERE id = 1",
    "SELECT name FROM customers WHERE age = 30 AND city = 'Bonn'",
    "SELECT name FROM customers WHERE age >= 29 AND city = 'Bonn'",
    "SELECT name FROM customers WHERE age > 28 AND city = 'Bonn'",
    "SELECT name FROM customers WHERE age > 29 AND city LIKE '%Bonn%'",
    "SELECT DISTINCT name FROM customers WHERE age > 29 AND city = 'Bonn'",
    "SELECT min(name) FROM customers WHERE age > 29 AND city = 'Bonn'",
    "SELECT name FROM customers WHERE age > 29 AND city = 'Bonn' LIMIT 1",
    "SELECT name FROM customers WHERE age > 29 AND city = 'Bonn' AND id IN (SELECT customer_id FROM orders)",
]
RIGHT = [
    GOLD,
    "SELECT c.name FROM customers AS c WHERE NOT (c.age <= 29) AND c.city IN ('Bonn')",
    "SELECT name FROM (SELECT * FROM customers WHERE city = 'Bonn') WHERE 29 < age",
]


def rows_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def test_lucky_queries_are_right_on_one_database_and_wrong_on_seven(shop: Path, tmp_path: Path) -> None:
    seven = [shop, *make_instances(shop, GOLD, 6, folder=tmp_path / "kept")]
    assert len(seven) == 7
    for predicted in LUCKY:
        assert judge_execution(predicted, GOLD, shop).matched, predicted
        assert judge_execution(predicted, GOLD, seven).verdict is Verdict.MISMATCH, predicted
    for predicted in RIGHT:
        assert judge_execution(predicted, GOLD, seven).matched, predicted


def test_instances_are_kept_and_the_same_each_time(shop: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(shop.read_bytes()).hexdigest(), sorted(shop.parent.iterdir())
    first = make_instances(shop, GOLD, 3, folder=tmp_path / "a")
    again = make_instances(shop, GOLD, 3, folder=tmp_path / "a")
    assert first == again
    assert [os.stat(p).st_ino for p in first] == [os.stat(p).st_ino for p in again]
    other = make_instances(shop, GOLD, 3, folder=tmp_path / "b")
    assert [rows_of(p) for p in first] == [rows_of(p) for p in other]
    seeded = make_instances(shop, GOLD, 3, seed=1, folder=tmp_path / "b")
    assert [rows_of(p) for p in first] != [rows_of(p) for p in seeded]
    assert (hashlib.sha256(shop.read_bytes()).hexdigest(), sorted(shop.parent.iterdir())) == before
    assert not [p for p in (tmp_path / "b").iterdir() if p.name.startswith(".")]


def test_keys_and_references_hold(shop: Path, tmp_path: Path) -> None:
    for path in make_instances(
        shop, "SELECT count(*) FROM orders JOIN products ON product_id = products.id", 6, folder=tmp_path
    ):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT count(*) FROM customers WHERE name IS NULL").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM adults").fetchone() is not None


def test_flavours_give_nulls_ties_and_empty_tables(shop: Path) -> None:
    blueprint = read_blueprint(shop, "sqlite")
    hints = read_hints("SELECT city FROM customers ORDER BY age", blueprint)
    found = [fill(blueprint, hints, flavour, random.Random(1))["customers"] for flavour in FLAVOURS]
    assert [len(rows) == 0 for rows in found] == [flavour.empty > 0 for flavour in FLAVOURS]
    assert any(row[2] is None for row in found[2])
    ages = [row[3] for row in found[1]]
    assert len(set(ages)) < len(ages)


def test_constants_and_near_misses_are_drawn(shop: Path) -> None:
    blueprint = read_blueprint(shop, "sqlite")
    hints = read_hints('SELECT 1 FROM customers WHERE age BETWEEN 29 AND 35 OR city = "Ulm"', blueprint)
    assert hints.constants == {"age": [29, 35], "city": ["Ulm"]}
    assert hints.tables == {"customers"}
    drawn = [
        row
        for seed in range(6)
        for row in fill(blueprint, hints, FLAVOURS[0], random.Random(seed))["customers"]
    ]
    assert {29, 35} <= {row[3] for row in drawn}
    assert {30, 28, 36, 34} & {row[3] for row in drawn}
    assert "Ulm" in {row[2] for row in drawn}
    assert near_misses("2024-02-28", "date")[:2] == ["2024-02-29", "2024-02-27"]
    assert near_misses(7, "int") == [8, 6, 17, 3]


def test_mutants_differ_from_the_gold_and_from_each_other(shop: Path) -> None:
    found = mutants(GOLD, read_blueprint(shop, "sqlite"))
    assert len(found) == len(set(found)) > 8
    assert any("age >= 29" in text for text in found)
    assert any("city <> 'Bonn'" in text for text in found)
    assert mutants("SELECT FROM (", read_blueprint(shop, "sqlite")) == []


def test_references_in_a_circle_and_to_themselves(sqlite_file: Callable[..., Path], tmp_path: Path) -> None:
    path = sqlite_file(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES a(id), b INTEGER REFERENCES b(id));"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a, CHECK (id > 3))"
    )
    for made in make_instances(path, "SELECT a.id FROM a JOIN b ON a.b = b.id", 4, folder=tmp_path / "kept"):
        with closing(sqlite3.connect(made)) as connection:
            assert connection.execute("SELECT count(*) FROM b WHERE id <= 3").fetchone() == (0,)


def test_a_key_to_nowhere_binds_nobody(sqlite_file: Callable[..., Path], tmp_path: Path) -> None:
    path = sqlite_file(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER REFERENCES gone(id), y TEXT REFERENCES b(none));"
        "CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT * FROM gone;"
        "CREATE TABLE g (n INTEGER, twice INTEGER GENERATED ALWAYS AS (n * 2))"
    )
    for made in make_instances(path, "SELECT x, twice FROM a, g", 2, folder=tmp_path / "kept"):
        with closing(sqlite3.connect(made)) as connection:
            assert connection.execute("SELECT count(*) FROM a").fetchone() > (3,)
            assert connection.execute("SELECT count(*) FROM g").fetchone() > (3,)


def test_a_gold_that_cannot_be_read_still_gets_instances(shop: Path, tmp_path: Path) -> None:
    assert len(make_instances(shop, "SELECT nothing FROM (", 2, folder=tmp_path / "kept")) == 2
    with pytest.raises(DatabaseError, match="missing"):
        make_instances(tmp_path / "missing.sqlite", GOLD, 2, folder=tmp_path / "kept")


def test_instances_of_duckdb(duck_shop: Path, tmp_path: Path) -> None:
    gold = "SELECT name FROM customers WHERE age > 29 AND city = 'Bonn'"
    all_of_them = [duck_shop, *make_instances(duck_shop, gold, 3, folder=tmp_path / "kept")]
    assert judge_execution(gold, gold, all_of_them).matched
    assert judge_execution("SELECT 'Ann'", gold, all_of_them).verdict is Verdict.MISMATCH
