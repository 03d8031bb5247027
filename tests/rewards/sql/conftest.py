"""A small shop as an SQLite and as a DuckDB file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, age INTEGER);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id),
  product_id INTEGER REFERENCES products(id), amount INTEGER, day TEXT);
INSERT INTO customers VALUES (1, 'Ann', 'Bonn', 30), (2, 'Bob', 'Bonn', 25), (3, 'Cy', NULL, 30),
  (4, 'Dee', 'Kiel', 41);
INSERT INTO products VALUES (1, 'pen', 1.5), (2, 'book', 12.0), (3, 'lamp', 12.0), (4, 'desk', NULL);
INSERT INTO orders VALUES (1, 1, 1, 3, '2024-01-05'), (2, 1, 2, 1, '2024-02-01'), (3, 2, 1, 3, '2024-02-01'),
  (4, 4, 3, 2, '2024-03-09'), (5, 4, NULL, 1, '2024-03-09'), (6, 4, 2, 2, '2024-03-10');
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An SQLite file in a folder of its own."""
    path = tmp_path / "shop" / "shop.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP + "CREATE VIEW adults AS SELECT * FROM customers WHERE age >= 30;")
    return path


@pytest.fixture
def duck_shop(tmp_path: Path) -> Path:
    """The same as a DuckDB file."""
    duckdb = pytest.importorskip("duckdb", reason="needs the extra [duckdb]")
    path = tmp_path / "duck" / "shop.duckdb"
    path.parent.mkdir()
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(SHOP)
    return path


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Callable[..., Path]:
    """Make an SQLite file from a script."""

    def make(script: str, name: str = "made.sqlite") -> Path:
        path = tmp_path / name
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return path

    return make
