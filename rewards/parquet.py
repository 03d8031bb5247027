"""Parquet files, read in the thread that asks.

Arrow reads with a pool of threads unless told otherwise, and that pool does not always end before the interpreter
does: on a busy machine a short command then now and again dies of SIGABRT after its work is done (apache/arrow#34314;
`benchmarks/parquet_exit.py` counts it), and its exit status is no longer true. So every file is read here, where no
pool is started; a calculation that Arrow would spread over threads (`group_by`, `join`) is called with
`use_threads=False`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def read_parquet(
    source: Path | bytes, columns: Sequence[str] | None = None, schema: pa.Schema | None = None
) -> pa.Table:
    """Return a file, or what one holds, as a table.

    Args:
        source: the file, or its content.
        columns: read only these, in this order; all if None.
        schema: the columns that the table is to have, cast to these types; one that the file lacks is null. Others of
            the file are left out. As in the file if None.

    Raises:
        OSError: the file cannot be read.
        pyarrow.ArrowException: it is not a whole Parquet file, or a column cannot be cast.
    """
    import pyarrow as pa

    with open_parquet(source) as file:
        if schema is None:
            table = file.read(_listed(columns), use_threads=False)
            return table if columns is None else table.select(list(columns))
        wanted = [schema.field(name) for name in columns or schema.names]
        there = set(file.schema_arrow.names)
        table = file.read([field.name for field in wanted if field.name in there], use_threads=False)
        rows = file.metadata.num_rows
    held = [
        table[field.name].cast(field.type) if field.name in there else pa.nulls(rows, field.type)
        for field in wanted
    ]
    return pa.Table.from_arrays(held, schema=pa.schema(wanted))


def parquet_batches(
    file: pq.ParquetFile, size: int = 1024, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of an open file, at most `size` at a time. Raises `pyarrow.ArrowException` and `OSError`."""
    yield from file.iter_batches(size, columns=_listed(columns), use_threads=False)


def open_parquet(source: Path | bytes) -> pq.ParquetFile:
    """Open a file, or what one holds, to be closed after use. Raises `pyarrow.ArrowException` and `OSError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source, pre_buffer=False)


def _listed(columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)
