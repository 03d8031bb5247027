"""Read a benchmark: from a local copy, or from the hub through `datasets`."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.suites.table import Benchmark
from rewards.files import read_jsonl
from rewards.parquet import open_parquet, parquet_batches

Row = dict[str, Any]
KINDS = (".jsonl", ".json", ".csv", ".parquet")


def load_benchmark(
    benchmark: Benchmark, data: Path | None = None, size: int | None = None, seed: int = 0
) -> list[Row]:
    """Return a benchmark's rows with `id`, `question`, `answer` and what its template shows.

    Ids are the benchmark's name and the row's position, the same from the hub and from a copy in its order.

    Args:
        benchmark: from `eval.suites.table`.
        data: a file, or a folder that holds a copy (see `Benchmark.files`) and, for SQL, the databases; None = hub.
        size: use only this many rows, chosen by seed.
        seed: of that choice.

    Raises:
        EvalError: no such file, a row without the expected columns, a missing database, or the hub does not answer.
    """
    if benchmark.databases and data is None:
        raise EvalError(
            f"{benchmark.name} asks about databases, which the hub does not hold: download them and give the folder "
            f"that holds {benchmark.databases[0]}/ID/ID.sqlite with --data."
        )
    source = _find(benchmark, data) if data is not None else None
    raw = read_rows(source) if source is not None else _hub(benchmark)
    found: list[Row] = []
    for number, row in enumerate(raw):
        try:
            shaped = benchmark.shape(row)
        except EvalError as error:
            raise EvalError(f"{source or benchmark.hub}, row {number}: {error}") from error
        found.append({"id": f"{benchmark.name}-{number:04d}", **shaped})
    if not found:
        raise EvalError(f"{source or benchmark.hub} holds no rows.")
    if size is not None and size < len(found):
        found = [found[i] for i in sorted(random.Random(seed).sample(range(len(found)), size))]
    return found if data is None else [_with_database(row, benchmark, data) for row in found]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a .jsonl, .json (a list of objects), .csv or .parquet file.

    Raises:
        EvalError: naming the file, and the row, from 0, that is no object.
    """
    if path.suffix not in KINDS:
        raise EvalError(f"{path}: a file of rows ends in {', '.join(KINDS)}.")
    try:
        if path.suffix == ".jsonl":
            yield from (row for _, row in read_jsonl(path, EvalError))
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                yield from csv.DictReader(file)
        elif path.suffix == ".json":
            yield from _listed(path, json.loads(path.read_text(encoding="utf-8-sig")))
        else:
            with open_parquet(path) as file:
                for batch in parquet_batches(file):
                    yield from batch.to_pylist()
    except EvalError:  # a ValueError too
        raise
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise EvalError(f"cannot read {path}: {error}.") from error


def _listed(path: Path, found: Any) -> Iterator[Row]:
    """Yield the objects of a list. Raises `EvalError` for anything else."""
    if not isinstance(found, list):
        lists = (
            [key for key, value in found.items() if isinstance(value, list)]
            if isinstance(found, dict)
            else []
        )
        hint = f" Its `{lists[0]}` is one: write that list alone into a file." if len(lists) == 1 else ""
        raise EvalError(f"{path}: expected a list of objects, one per row, got {_kind(found)}.{hint}")
    for number, row in enumerate(found):
        if not isinstance(row, dict):
            raise EvalError(f"{path}, row {number}: expected an object, got {_kind(row)}.")
        yield row


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else type(value).__name__


def _find(benchmark: Benchmark, data: Path) -> Path:
    """Return the local copy meant by a file or a folder."""
    if data.is_file():
        return data
    names = [*benchmark.files, *(f"{benchmark.name}{kind}" for kind in KINDS)]
    for name in names:
        if (data / name).is_file():
            return data / name
    raise EvalError(f"{data} holds no copy of {benchmark.name}; looked for {', '.join(names)}.")


def _hub(benchmark: Benchmark) -> Iterator[Row]:
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise EvalError(
            "benchmarks from the hub need `pip install reasoners[train]`; or give a local copy."
        ) from error
    for subset in benchmark.subsets:
        try:
            loaded = load_dataset(benchmark.hub, subset, split=benchmark.split)
        except Exception as error:  # the hub client raises many kinds; all mean the same here
            terms = (
                f" Accept its terms at https://huggingface.co/datasets/{benchmark.hub} first."
                if benchmark.gated
                else ""
            )
            raise EvalError(
                f"cannot load {benchmark.hub} ({benchmark.split}) from the hub: {type(error).__name__}: "
                f"{str(error)[:300]}.{terms} A local copy: --data FILE or FOLDER."
            ) from error
        yield from (dict(row) for row in loaded)


def _with_database(row: Row, benchmark: Benchmark, data: Path) -> Row:
    """Add `db`, the path of the database a row asks about, if any, and `schema`, its CREATE statements."""
    if not benchmark.databases:
        return row
    folder, name = data if data.is_dir() else data.parent, row["db_id"]
    paths = [folder / part / name / f"{name}.sqlite" for part in benchmark.databases]
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        raise EvalError(f"{row['id']} needs the database {paths[0]}, which is not there.")
    return {**row, "db": str(path.resolve()), "schema": _schema(path)}


@cache
def _schema(path: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type = 'table'"
            )
            return "\n".join(f"{text};" for (text,) in rows)
    except sqlite3.Error as error:
        raise EvalError(f"{path} is not a usable SQLite database ({error}).") from error
