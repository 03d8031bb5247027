"""Parquet is read in one place, without Arrow's threads, which may abort a process that has done its work."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewards.parquet import open_parquet, parquet_batches, read_parquet

REPO = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    f for room in ("rewards", "data_selection", "eval", "reasoners") for f in (REPO / room).rglob("*.py")
)
READERS = {"read_table", "read_parquet", "iter_batches", "ParquetFile", "ParquetDataset", "dataset"}
LINUX = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="the system does not list a process's threads"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    table = pa.table({"b": pa.array([1, 2, 3], pa.int32()), "a": ["x", "y", "z"], "more": [0.5, None, 1.5]})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=2)
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("take", [Path, Path.read_bytes], ids=["path", "content"])
def test_reads_a_file_and_what_one_holds(file: Path, take: Callable[[Path], Path | bytes]) -> None:
    whole = read_parquet(take(file))
    assert whole.to_pydict() == {"b": [1, 2, 3], "a": ["x", "y", "z"], "more": [0.5, None, 1.5]}
    assert read_parquet(take(file), ("a", "b")).column_names == ["a", "b"]


def test_a_schema_casts_fills_and_orders(file: Path) -> None:
    wanted = pa.schema([("a", pa.string()), ("lacking", pa.bool_()), ("b", pa.int64())])
    found = read_parquet(file, schema=wanted)
    assert found.schema == wanted
    assert found.to_pydict() == {"a": ["x", "y", "z"], "lacking": [None] * 3, "b": [1, 2, 3]}
    assert read_parquet(file, ["b", "lacking"], wanted).to_pydict() == {"b": [1, 2, 3], "lacking": [None] * 3}
    assert read_parquet(file, ["lacking"], wanted).num_rows == 3


def test_a_column_of_another_kind_is_refused(file: Path) -> None:
    with pytest.raises(pa.ArrowException):
        read_parquet(file, schema=pa.schema([("a", pa.int64())]))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    for path, error in (
        (tmp_path / "cut.parquet", pa.ArrowException),
        (tmp_path / "none", OSError),
        (tmp_path, OSError),
    ):
        with pytest.raises(error):
            read_parquet(path)


def test_batches_hold_at_most_the_size_asked(file: Path) -> None:
    with open_parquet(file) as stored:
        batches = list(parquet_batches(stored, 2, ["a"]))
    assert [batch.to_pydict() for batch in batches] == [{"a": ["x", "y"]}, {"a": ["z"]}]


THREADS = """
import os, sys
from pathlib import Path
import numpy
import pyarrow as pa
from {module} import {name} as read
task, file = "/proc/self/task", Path({file!r})
pa.array([1])
before = set(os.listdir(task))
{use}
print(len(set(os.listdir(task)) - before))
"""


def threads_started(file: Path, module: str, name: str, use: str) -> int:
    code = THREADS.format(module=module, name=name, file=str(file), use=use)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, timeout=60, check=True
    )
    return int(done.stdout)


@LINUX
def test_reading_starts_no_thread(file: Path) -> None:
    assert (
        threads_started(file, "rewards.parquet", "read_parquet", "read(file); read(file.read_bytes(), ['a'])")
        == 0
    )
    batches = "from rewards.parquet import parquet_batches; list(parquet_batches(read(file)))"
    assert threads_started(file, "rewards.parquet", "open_parquet", batches) == 0


@LINUX
def test_arrows_own_reading_starts_some(file: Path) -> None:
    """Or the test above could not fail."""
    assert threads_started(file, "pyarrow.parquet", "read_table", "read(file)") > 0


def spread(call: ast.Call) -> bool:
    """Whether a call would start Arrow's threads: one of its readers, or a calculation that was not told otherwise."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    named = {word.arg: word.value for word in call.keywords}
    told = named.get("use_threads")
    calculates = call.func.attr == "group_by" or (call.func.attr == "join" and bool(named))
    alone = isinstance(told, ast.Constant) and told.value is False
    return (owner in {"pq", "ds", "pd"} and call.func.attr in READERS) or (calculates and not alone)


def test_nothing_else_starts_arrows_threads() -> None:
    found = [
        f"{source.relative_to(REPO)}:{node.lineno}"
        for source in SOURCES
        if source != REPO / "rewards" / "parquet.py"
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and spread(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code", ["pq.read_table(path)", "table.group_by('a')", "table.join(other, keys='a', use_threads=True)"]
)
def test_what_starts_them_is_seen(code: str) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert spread(call)
