"""The engines: what a query gives, which fault it has, and databases that cannot be used."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.sql.contract import Fault, Limits, Verdict
from rewards.sql.engines import backwards_of, engine_of
from rewards.sql.engines.base import DatabaseError
from rewards.sql.engines.sqlite_functions import glob_pattern, like_pattern
from rewards.sql.execute import judge_execution
from rewards.sql.golds import fingerprint
from rewards.sql.scan import copies, statements, tokens

FAULTS = [
    ("SELECT nothing FROM customers", Fault.SYNTAX),
    ("SELECT * FROM nowhere", Fault.SYNTAX),
    ("SELECT nofunction(1)", Fault.SYNTAX),
    ("SELEC 1", Fault.SYNTAX),
    ("SELECT (1", Fault.SYNTAX),
    ("", Fault.SYNTAX),
    ("SELECT abs(-9223372036854775808)", Fault.RUNTIME),
    ("SELECT json('{')", Fault.RUNTIME),
    ("SELECT 'a' LIKE 'b' ESCAPE 'cc'", Fault.RUNTIME),
    ("SELECT zeroblob(2000000)", Fault.TOO_BIG),
    ("DROP TABLE customers", Fault.REFUSED),
]


@pytest.mark.parametrize(("sql", "fault"), FAULTS)
def test_faults_of_sqlite(sql: str, fault: Fault, shop: Path) -> None:
    found = engine_of(shop, Limits()).run(sql, 2.0)
    assert (found.table, found.fault) == (None, fault)
    assert found.message


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT nothing FROM customers", Fault.SYNTAX),
        ("SELECT nofunction(1)", Fault.SYNTAX),
        ("SELEC 1", Fault.SYNTAX),
        ("SELECT 'a'::INTEGER", Fault.RUNTIME),
        ("DROP TABLE customers", Fault.REFUSED),
        ("SELECT * FROM customers USING SAMPLE 2", Fault.REFUSED),
        ("\ud800", Fault.SYNTAX),
    ],
)
def test_faults_of_duckdb(sql: str, fault: Fault, duck_shop: Path) -> None:
    assert engine_of(duck_shop, Limits()).run(sql, 2.0).fault is fault


@pytest.mark.parametrize("engine", ["shop", "duck_shop"])
def test_both_engines_return_plain_rows(engine: str, request: pytest.FixtureRequest) -> None:
    opened = engine_of(request.getfixturevalue(engine), Limits())
    found = opened.run(
        "SELECT city, avg(age) AS a FROM customers GROUP BY city ORDER BY city DESC", 2.0
    ).table
    assert found is not None
    assert found.columns == ("city", "a")
    assert sorted(found.rows, key=str) == [("Bonn", 27.5), ("Kiel", 41.0), (None, 30.0)]
    assert list(opened.schema()["orders"]) == ["id", "customer_id", "product_id", "amount", "day"]


@pytest.mark.parametrize("engine", ["shop", "duck_shop"])
def test_explain_runs_nothing(engine: str, request: pytest.FixtureRequest) -> None:
    opened = engine_of(request.getfixturevalue(engine), Limits())
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    begin = time.monotonic()
    assert opened.explain(endless).fault is None
    assert time.monotonic() - begin < 1.0
    assert opened.explain("SELECT nothing FROM customers").fault is Fault.SYNTAX
    assert opened.explain("DELETE FROM customers").fault is Fault.REFUSED


def test_duckdb_judges_as_sqlite_does(duck_shop: Path) -> None:
    gold = "SELECT name FROM products WHERE price IS NOT NULL ORDER BY price DESC LIMIT 1"
    assert judge_execution("SELECT 'book'", gold, duck_shop).matched
    assert judge_execution("SELECT 'lamp'", gold, duck_shop).matched
    assert judge_execution("SELECT 'pen'", gold, duck_shop).verdict is Verdict.MISMATCH


def test_results_are_bounded(shop: Path) -> None:
    numbers = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 500)"
    many = f"{numbers} SELECT n, n, hex(zeroblob(500)) FROM r"
    for limits in (Limits(rows=400), Limits(cells=1400), Limits(result_bytes=400_000), Limits(sql_chars=50)):
        assert engine_of(shop, limits).run(many, 2.0).fault is Fault.TOO_BIG
    assert engine_of(shop, Limits(rows=500, cells=1500)).run(many, 2.0).fault is None


def test_a_view_a_json_table_and_a_quoted_text_are_read(shop: Path) -> None:
    engine = engine_of(shop, Limits())
    for sql, rows in [
        ("SELECT count(*) FROM adults", ((3,),)),
        ("SELECT sum(value) FROM json_each('[1, 2]')", ((3,),)),
        ('SELECT name FROM customers WHERE city = "Kiel"', (("Dee",),)),
        ("WITH r AS (SELECT 1 AS x) SELECT count(*) FROM r", ((1,),)),
        ("SELECT strftime('%Y', day), printf('%5.1f', 2) FROM orders LIMIT 1", (("2024", "  2.0"),)),
        ("SELECT trim('  a '), instr('abc', 'c'), replace('abc', 'b', 'x')", (("a", 3, "axc"),)),
    ]:
        found = engine.run(sql, 2.0)
        assert found.table is not None, found
        assert found.table.rows == rows


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path, shop: Path) -> None:
    text, cut, waiting = tmp_path / "text.sqlite", tmp_path / "cut.sqlite", tmp_path / "waiting.sqlite"
    text.write_text("no database, but long enough to look at")
    cut.write_bytes(shop.read_bytes()[:5000])
    waiting.write_bytes(shop.read_bytes())
    waiting.with_name("waiting.sqlite-wal").write_bytes(b"frames")
    for path in (tmp_path / "missing.sqlite", text, waiting, tmp_path):
        with pytest.raises(DatabaseError, match=path.name):
            engine_of(path, Limits())
    for path in (tmp_path / "missing.sqlite", text, cut, waiting, tmp_path):
        found = judge_execution("SELECT name FROM orders", "SELECT * FROM orders", path)
        assert (found.verdict, found.matched) == (Verdict.BAD_GOLD, False)


def test_a_changed_file_is_read_again(sqlite_file: Callable[..., Path]) -> None:
    path = sqlite_file("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    first = fingerprint(path)
    assert judge_execution("SELECT 1", "SELECT a FROM t", path).matched
    connection = sqlite3.connect(path)
    connection.executescript("UPDATE t SET a = 2; CREATE TABLE u (b)")
    connection.close()
    assert judge_execution("SELECT 2", "SELECT a FROM t", path).matched
    assert fingerprint(path) != first


TEXTS = st.text(alphabet="aAbB.%_é*?[]^-\\\n", max_size=8)


@given(TEXTS, TEXTS)
@settings(max_examples=300)
def test_like_and_glob_are_those_of_sqlite(pattern: str, text: str) -> None:
    connection = sqlite3.connect(":memory:")
    like, escaped = connection.execute("SELECT ?2 LIKE ?1, ?2 LIKE ?1 ESCAPE 'b'", (pattern, text)).fetchone()
    assert bool(like_pattern(pattern).match(text)) == like
    assert bool(like_pattern(pattern, "b").match(text)) == escaped
    (glob,) = connection.execute("SELECT ?2 GLOB ?1", (pattern, text)).fetchone()
    assert bool(glob_pattern(pattern).match(text)) == glob
    connection.close()


def test_a_long_pattern_takes_no_time() -> None:
    begin = time.monotonic()
    assert not like_pattern("%a" * 20 + "%b").match("a" * 20_000)
    assert time.monotonic() - begin < 5.0


@given(st.text(alphabet="ab'\"`[](),;-/* \n", max_size=30))
def test_the_scanner_loses_nothing(text: str) -> None:
    found = tokens(text)
    assert all(text[t.start : t.end] == t.text for t in found)
    assert [t.start for t in found] == sorted(t.start for t in found)
    assert sum(len(s) for s in statements(text)) <= len(text)


def test_statements_and_copies() -> None:
    assert statements("SELECT ';' -- ;\n; /* ; */ ;; SELECT \";\"") == ["SELECT ';' -- ;\n", ' SELECT ";"']
    assert copies("WITH a AS (SELECT 1), b AS (SELECT * FROM a, a) SELECT * FROM b, b") == 2 + 6
    assert copies("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r") == 2


@pytest.mark.parametrize("database", ["shop", "duck_shop"])
def test_a_reference_that_depends_on_the_order_of_reading_is_found(
    database: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(database)
    by_chance = "SELECT name FROM products WHERE id IN (SELECT id FROM products WHERE price = 12 LIMIT 1)"
    assert judge_execution("SELECT 'pen'", by_chance, path).verdict is Verdict.UNDECIDABLE
    steady = "SELECT name FROM products WHERE price = 12"
    assert judge_execution("SELECT 'pen'", steady, path).verdict is Verdict.MISMATCH


def test_a_large_duckdb_file_is_not_copied(duck_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert backwards_of(duck_shop, Limits()) is not None
    monkeypatch.setattr("rewards.sql.engines.duckdb_reverse.LARGEST", 10)
    assert backwards_of(duck_shop, Limits()) is None
