"""Attacks change nothing and are not paid; bombs end in time, with bounded memory, and leave nothing behind."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rewards.sql.contract import Fault, Limits, Verdict
from rewards.sql.engines import engine_of
from rewards.sql.execute import judge_execution

GOLD = "SELECT name FROM customers"
ATTACKS = [
    "DROP TABLE customers",
    "DELETE FROM customers",
    "DELETE FROM customers RETURNING name",
    "INSERT INTO customers VALUES (9, 'x', 'y', 1)",
    "REPLACE INTO customers VALUES (1, 'x', 'y', 1)",
    "UPDATE customers SET name = 'x' RETURNING name",
    "WITH a AS (SELECT 1) DELETE FROM customers",
    "WITH a AS (SELECT 1) INSERT INTO customers SELECT 9, 'x', 'y', 1",
    "CREATE TABLE x (a)",
    "CREATE TEMP TABLE x AS SELECT name FROM customers",
    "CREATE VIEW x AS SELECT 1",
    "CREATE INDEX x ON customers (name)",
    "CREATE TRIGGER x AFTER INSERT ON orders BEGIN DELETE FROM orders; END",
    "ALTER TABLE customers RENAME TO x",
    "ATTACH 'attached.db' AS x",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA user_version = 7",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "BEGIN EXCLUSIVE",
    "SAVEPOINT x",
    "SELECT load_extension('x')",
    "SELECT writefile('x', 'y')",
    "SELECT * FROM pragma_journal_mode",
    "SELECT fts3_tokenizer('simple')",
    "SELECT name FROM customers; DROP TABLE customers",
    "SELECT name FROM customers; DELETE FROM customers; COMMIT",
    "SELECT name FROM customers; ATTACH 'attached.db' AS x",
    "/* SELECT */ DROP TABLE customers -- SELECT",
    "EXPLAIN SELECT name FROM customers",
    "/**/ATTACH/**/'x.db' AS/**/y",
    "SELECT name FROM customers/*;*/;ATTACH 'x.db' AS y",
    "\ufeffDROP TABLE customers",
    "\u00a0DROP TABLE customers",
    "SELECT name FROM customers\u037e DROP TABLE customers",
    "SELECT name FROM customers\x00; DROP TABLE customers",
    "WITH customers AS (SELECT 1) DELETE FROM main.customers",
    "VALUES ((SELECT load_extension('x')))",
    'SELECT "load_extension"(1)',
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_dbpage",
    "SELECT name INTO OUTFILE 'x' FROM customers",
]
DUCK_ATTACKS = [
    *ATTACKS,
    "COPY customers TO 'out.csv'",
    "COPY (SELECT 1) TO 'out.parquet'",
    "EXPORT DATABASE 'out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 8",
    "SET enable_external_access = true",
    "CHECKPOINT",
    "CALL pragma_version()",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM duckdb_settings()",
    "SELECT current_setting('threads')",
    "SELECT setseed(0.5)",
    "PREPARE x AS SELECT 1",
    "FROM '/etc/passwd.csv'",
    "SELECT * FROM system.main.read_text('/etc/passwd')",
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT content FROM read_blob('/etc/*')",
    "SELECT getenv('HOME')",
    "SELECT * FROM pg_tables",
    "SELECT * FROM (SHOW TABLES)",
    "SELECT * FROM (DESCRIBE customers)",
    "SELECT * FROM query_table('customers')",
    "SELECT json_execute_serialized_sql('x')",
    "CREATE TEMP MACRO f(x) AS TABLE SELECT 1",
    "CREATE SECRET s (TYPE S3)",
    "SET memory_limit = '10GB'; SELECT name FROM customers",
    "SET VARIABLE x = 1",
    "ATTACH ':memory:' AS z",
    "SELECT name FROM customers USING SAMPLE 2",
    "SELECT name FROM customers TABLESAMPLE 50%",
]
NUMBERS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
NESTED = "WITH a0 AS (SELECT 1 AS x)" + "".join(
    f", a{i} AS (SELECT x FROM a{i - 1} UNION ALL SELECT x FROM a{i - 1})" for i in range(1, 40)
)
UNFOLDING = [
    f"{name}(x) AS (SELECT 1 UNION ALL SELECT x FROM {before} UNION ALL SELECT x FROM {before})"
    for name, before in ((f"'a{i}'", f"'a{i - 1}'" if i else "(SELECT 2 AS x)") for i in range(30))
]
BOMBS = [
    f"SELECT (WITH {', '.join(UNFOLDING)} SELECT count(*) FROM 'a29')",
    f"{NUMBERS} SELECT group_concat(n) OVER (ORDER BY n) FROM r",
    f"{NUMBERS} SELECT json_group_array(n) FROM r",
    "WITH RECURSIVE r(j) AS (SELECT '[]' UNION ALL SELECT json_array(json(j), json(j)) FROM r) SELECT j FROM r",
    "SELECT count(DISTINCT hex(zeroblob(400000)) || t0.id || t1.id || t2.id || t3.id || t4.id) FROM "
    + ", ".join(f"orders t{i}" for i in range(5)),
    "SELECT printf('%.0000000000900000000c', 'x')",
    f"SELECT {'NOT ' * 4000}1",
    "SELECT name FROM customers ORDER BY (SELECT count(*) FROM "
    + ", ".join(f"orders t{i}" for i in range(12))
    + ")",
    f"{NUMBERS} SELECT count(*) FROM r",
    f"{NUMBERS} SELECT n FROM r",
    f"{NUMBERS} SELECT n FROM r ORDER BY n % 7919 DESC",
    f"{NUMBERS} SELECT row_number() OVER (ORDER BY n DESC) FROM r",
    f"{NUMBERS} SELECT count(DISTINCT n) FROM r",
    f"{NUMBERS} SELECT max(length(hex(zeroblob(400000)))) FROM r",
    "WITH RECURSIVE r(x, n) AS (SELECT hex(zeroblob(400000)), 1 UNION ALL SELECT x, n + 1 FROM r) "
    "SELECT x FROM r ORDER BY n",
    "WITH RECURSIVE r(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM r) SELECT max(length(x)) FROM r",
    "SELECT count(*) FROM " + ", ".join(f"orders t{i}" for i in range(15)),
    "SELECT hex(zeroblob(400000000))",
    "SELECT replace(hex(zeroblob(400000)), '00', 'aaaaaaaaaaaaaaaaaaaa')",
    "SELECT replace(hex(zeroblob(400000)), hex(zeroblob(200000)) || '1', '')",
    "SELECT instr(hex(zeroblob(400000)), hex(zeroblob(200000)) || '1')",
    "SELECT trim(hex(zeroblob(400000)), hex(zeroblob(400000)))",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT printf('%900000000d', 1)",
    f"{NUMBERS} SELECT count(*) FROM r WHERE hex(zeroblob(400000)) LIKE '%0%0%0%0%0%0%0%0%0%x' || n",
    f"{NUMBERS} SELECT count(*) FROM r WHERE hex(zeroblob(400000)) GLOB '*0*0*0*0*0*0*0*0*0*x' || n",
    f"{NESTED} SELECT count(*) FROM a39",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT " + "1," * 500_000 + "1",
]
DUCK_BOMBS = [
    "SELECT unnest(generate_series(DATE '0001-01-01', DATE '9999-01-01', INTERVAL 1 SECOND))",
    f"SELECT list_value({', '.join(['range(10000000)'] * 50)})",
    f"SELECT list_value({', '.join(['range(10000)'] * 1000)}) FROM range(1000000)",
    "SELECT map(range(20000000), range(20000000))",
    "SELECT list(x) OVER (ORDER BY x) FROM range(20000) t(x)",
    "SELECT count(*) FROM range(10000000000) a(x) GROUP BY x",
    f"{NUMBERS} SELECT count(*) FROM r",
    "SELECT repeat('x', 900000000)",
    "SELECT lpad('x', 900000000, 'y')",
    "SELECT range(300000000)",
    "SELECT count(*) FROM range(1000000000000)",
    "SELECT list(range) FROM range(1000000000)",
    "SELECT string_agg(repeat('x', 1000), ',') FROM range(10000000)",
    "WITH RECURSIVE r(x) AS (SELECT 'a' UNION ALL SELECT concat(x, x) FROM r) SELECT max(length(x)) FROM r",
    "SELECT a.range FROM range(100000) a, range(100000) b ORDER BY a.range + b.range DESC",
    "SELECT regexp_matches(repeat('a', 1000), '(a+)+b') FROM range(1000000000)",
]


def folder_state(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


@pytest.mark.parametrize("sql", ATTACKS)
def test_an_attack_on_sqlite_is_not_paid_and_changes_nothing(
    sql: str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before, around = folder_state(shop.parent), sorted(tmp_path.iterdir())
    found = judge_execution(sql, GOLD, shop)
    assert found.verdict in (Verdict.REFUSED, Verdict.FAILED)
    assert folder_state(shop.parent) == before
    assert sorted(tmp_path.iterdir()) == around
    assert judge_execution(GOLD, GOLD, shop).matched  # the connection is as it was


@pytest.mark.parametrize("sql", DUCK_ATTACKS)
def test_an_attack_on_duckdb_is_not_paid_and_changes_nothing(
    sql: str, duck_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before, around = folder_state(duck_shop.parent), sorted(tmp_path.iterdir())
    found = judge_execution(sql, GOLD, duck_shop)
    assert found.verdict in (Verdict.REFUSED, Verdict.FAILED)
    assert folder_state(duck_shop.parent) == before
    assert sorted(tmp_path.iterdir()) == around
    assert judge_execution(GOLD, GOLD, duck_shop).matched


DROPPED = """
import json, resource, sys, threading
from rewards.sql.contract import Limits
from rewards.sql.execute import judge_execution

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

path, gold, bombs = json.loads(sys.stdin.read())
assert judge_execution(gold, gold, path).matched
base = peak()
found = [judge_execution(sql, gold, path, limits=Limits(seconds=0.5)).verdict for sql in bombs]
again = judge_execution(gold, gold, path).matched
print(json.dumps({"verdicts": found, "grown": peak() - base, "threads": threading.active_count(), "again": again}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is watched through /proc")
@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_bombs_end_with_bounded_memory_and_leave_nothing(engine: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue("shop" if engine == "sqlite" else "duck_shop")
    bombs = BOMBS if engine == "sqlite" else DUCK_BOMBS
    before = folder_state(path.parent)
    done = subprocess.run(
        [sys.executable, "-c", DROPPED],
        input=json.dumps([str(path), GOLD, bombs]),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    unpaid = (Verdict.TIMEOUT, Verdict.REFUSED)
    assert [sql for sql, verdict in zip(bombs, found["verdicts"], strict=True) if verdict not in unpaid] == []
    assert found["grown"] < 256
    assert (found["threads"], found["again"]) == (1, True)
    assert folder_state(path.parent) == before


def test_the_address_space_is_as_before(duck_shop: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    judge_execution("SELECT range(300000000)", GOLD, duck_shop)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_bomb_ends_in_any_thread(shop: Path) -> None:
    found: list[Verdict] = []

    def judge() -> None:
        bomb = f"{NUMBERS} SELECT count(*) FROM r"
        found.append(judge_execution(bomb, GOLD, shop, limits=Limits(seconds=0.2)).verdict)

    threads = [threading.Thread(target=judge) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert found == [Verdict.TIMEOUT] * 3


def test_the_time_of_a_prediction_is_that_of_all_its_databases(shop: Path) -> None:
    counted = "(SELECT count(*) AS c FROM (SELECT n FROM r LIMIT 400000))"
    slow = f"{NUMBERS} SELECT name FROM customers, {counted} WHERE c > 0"
    begin = time.monotonic()
    found = judge_execution(slow, GOLD, [shop] * 200, limits=Limits(seconds=0.4))
    assert found.verdict is Verdict.TIMEOUT
    assert len(found.instances) < 200
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT random()",
        "SELECT randomblob(4)",
        "SELECT date('now')",
        "SELECT datetime(' NOW ')",
        "SELECT date('n' || 'ow')",
        "SELECT strftime('%Y')",
        "SELECT date(x'6e6f77')",
        "SELECT date('now' || char(0) || 'x')",
        "SELECT date('2024-01-01', 'localtime')",
        "SELECT datetime('2024-01-01', CAST('utc' AS BLOB))",
        "SELECT julianday()",
        "SELECT CURRENT_TIMESTAMP",
        "SELECT sqlite_version()",
        "SELECT last_insert_rowid()",
        "SELECT changes()",
    ],
)
def test_what_changes_from_run_to_run_is_refused(sql: str, shop: Path) -> None:
    assert engine_of(shop, Limits()).run(sql, 2.0).fault is Fault.REFUSED
    assert judge_execution("SELECT 1", sql, shop).verdict is Verdict.BAD_GOLD


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT random()",
        "SELECT now()",
        "SELECT current_date",
        "SELECT uuid()",
        "SELECT age(TIMESTAMP '2020-01-01')",
    ],
)
def test_what_changes_from_run_to_run_is_refused_by_duckdb(sql: str, duck_shop: Path) -> None:
    assert engine_of(duck_shop, Limits()).run(sql, 2.0).fault is Fault.REFUSED


def test_duckdb_reads_times_in_one_zone(duck_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    result = engine_of(duck_shop, Limits()).run("SELECT to_timestamp(0)::VARCHAR", 2.0)
    assert result.table is not None
    assert result.table.rows == (("1970-01-01 00:00:00+00",),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT unnest(generate_series(1, 3))",
        "SELECT x FROM generate_series(DATE '2024-01-01', DATE '2024-01-03', INTERVAL 1 DAY) t(x)",
        "SELECT unnest(range(-1, 2)) FROM range(1), unnest(range(1))",
    ],
)
def test_duckdb_counts_where_it_can_be_stopped(sql: str, duck_shop: Path) -> None:
    table = engine_of(duck_shop, Limits()).run(sql, 2.0).table
    assert table is not None
    assert len(table.rows) == 3


def test_a_database_in_wal_mode_is_read_without_a_trace(shop: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(shop)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    before = folder_state(shop.parent)
    assert judge_execution(GOLD, GOLD, shop).matched
    assert folder_state(shop.parent) == before
