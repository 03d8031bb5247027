"""The record files of an audit: whole, named by their content, and few.

A file is called SPLIT-FIRST-LAST-HASH.parquet: the batches it holds, and 16 hex digits of the SHA-256 of its
bytes. So a file says by itself whether it was edited, no index can disagree with the files, and a crash leaves
nothing to repair. Small files are merged as they become many; a merged file takes its parts' place by its range,
so a crash between writing it and deleting them is harmless.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.errors import EvalError
from rewards.errors import RecordError
from rewards.files import whole_file
from rewards.parquet import read_parquet

if TYPE_CHECKING:
    import pyarrow as pa

NAME = re.compile(r"(?P<split>\w+)-(?P<first>\d{8})-(?P<last>\d{8})-(?P<mark>[0-9a-f]{16})\.parquet")
MANY = 64
LARGE = 1 << 24
"""Small files, below this many bytes, are merged when there are MANY of them."""


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One record file: the batches `first` to `last` of a split."""

    path: Path
    split: str
    first: int
    last: int
    mark: str

    @classmethod
    def of(cls, path: Path) -> BatchFile:
        """Read a file's name. Raises `EvalError` for one that no audit gave."""
        found = NAME.fullmatch(path.name)
        if found is None:
            raise EvalError(
                f"{path} is not named as an audit names its files; move it away, or choose another folder."
            )
        return cls(path, found["split"], int(found["first"]), int(found["last"]), found["mark"])

    def covers(self, other: BatchFile) -> bool:
        """Whether the other file's batches are in this one."""
        return self.split == other.split and self.first <= other.first and other.last <= self.last

    def content(self) -> bytes:
        """Return the file's bytes.

        Raises:
            EvalError: they are not those that were written.
        """
        content = self.path.read_bytes()
        if _mark(content) != self.mark:
            raise EvalError(
                f"{self.path} was changed after it was written, or is damaged. Samples are not edited: put the "
                "original back, or move the file away; its samples are then made again."
            )
        return content


def list_files(folder: Path) -> list[BatchFile]:
    """Return the record files, ordered; parts of a merged file that a crash left behind are deleted."""
    found = sorted(
        (BatchFile.of(p) for p in folder.glob("*.parquet") if not p.name.startswith(".")),
        key=lambda f: (f.split, f.first, -f.last),
    )
    kept: list[BatchFile] = []
    for file in found:
        if kept and kept[-1].covers(file):
            kept[-1].content()  # the parts go only where the whole is sound
            file.path.unlink()
        else:
            kept.append(file)
    return kept


def write_table(folder: Path, split: str, first: int, last: int, table: pa.Table) -> BatchFile:
    """Write one file, whole or not at all.

    Raises:
        RecordError: the disk is full or read-only; what was written before is untouched.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    content = stream.getvalue().to_pybytes()
    mark = _mark(content)
    path = folder / f"{split}-{first:08d}-{last:08d}-{mark}.parquet"
    try:
        with whole_file(path) as partial, partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RecordError(
            f"cannot write records to {path}: {error.strerror or error}. Free space or choose another "
            "folder; everything recorded before is intact."
        ) from error
    return BatchFile(path, split, first, last, mark)


def merge(files: Sequence[BatchFile]) -> list[BatchFile]:
    """Return the files of a split, the small ones at the end merged into one where they are many."""
    small = len(files)
    while small and files[small - 1].path.stat().st_size < LARGE:
        small -= 1
    parts = files[small:]
    if len(parts) < MANY:
        return list(files)
    import pyarrow as pa

    table = pa.concat_tables([read_table(part) for part in parts]).combine_chunks()
    whole = write_table(parts[0].path.parent, parts[0].split, parts[0].first, parts[-1].last, table)
    for part in parts:
        part.path.unlink()
    return [*files[:small], whole]


def read_table(file: BatchFile, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a file's records, or some of their columns (see `rewards.records.schema`).

    Raises:
        EvalError: the file was changed after it was written.
    """
    return read_parquet(file.content(), columns)


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
