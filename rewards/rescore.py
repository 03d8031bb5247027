"""Replay stored records with another reward, one file at a time, and say what changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rewards.errors import RecordError
from rewards.records import Record, _record, schema

BATCH = 1024
"""Records in memory at a time."""


def record_files(folder: Path) -> list[Path]:
    """Return the record files of a run, an audit or a `records` folder, in order. Raises `RecordError`."""
    inner = folder / "records"
    folder = inner if inner.is_dir() else folder
    files = sorted(p for p in folder.glob("*.parquet") if not p.name.startswith("."))
    if not files:
        raise RecordError(f"no records in {folder}; expected *.parquet files written by a run or an audit.")
    return files


def record_batches(path: Path, split: str | None = None, size: int = BATCH) -> Iterator[list[Record]]:
    """Yield the records of one file, at most `size` at a time. Raises `RecordError` if it is not whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as stored:
            for batch in stored.iter_batches(batch_size=size):
                table = pa.Table.from_batches([batch]).cast(schema())
                rows = table.to_pylist()
                kept = [_record(row) for row in rows if split is None or row["split"] == split]
                if kept:
                    yield kept
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error


def records_of(path: Path) -> Iterator[Record]:
    """Yield the records of one file. Raises `RecordError` if it is not whole."""
    for batch in record_batches(path):
        yield from batch
