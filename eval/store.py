"""Where an audit keeps its samples: crash-safe, resumable, and never a mixture of two settings.

A folder with `settings.json` (what was sampled, and how) and `records/` (one whole Parquet file per batch,
see `rewards.records`). A sample's key is (model, prompt, sampling settings, seed, index); all but the index
are the same for the whole folder or fixed by the problem's id, and opening the folder with anything else is
refused. More samples per problem, and more problems, may be added at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from eval.errors import EvalError
from rewards.errors import RecordError
from rewards.files import whole_file
from rewards.records import Record, iter_records, write_records

SETTINGS = "settings.json"
FORMAT = 1


class SampleStore:
    """An audit's folder, open for one process.

    Args:
        folder: made if missing.
        settings: what all samples share: model, sampling settings, seed, rewards. Plain JSON data.
        problems: problem id -> fingerprint of its prompt and reference.

    Raises:
        EvalError: the folder holds samples of other settings, or of another problem under one id; another
            process writes to it; or it cannot be written.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], problems: Mapping[str, str]) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
            self._sweep()
            self._settle(json.loads(json.dumps(settings)), problems)
        except OSError as error:
            raise EvalError(f"cannot write the audit folder {folder}: {error.strerror or error}.") from error
        self._keys = self._read_keys()
        self._batch = 1 + max((int(p.stem.rpartition("-")[2]) for p in self._files()), default=-1)

    def __enter__(self) -> SampleStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes write to the folder."""
        self._lock.close()

    def missing(self, problems: Sequence[str], n: int, split: str = "audit") -> list[tuple[str, int]]:
        """Return the (problem id, sample index) pairs among the first `n` per problem that are not stored."""
        have = self._keys.get(split, set())
        return [(p, i) for p in problems for i in range(n) if (p, i) not in have]

    def append(self, records: Sequence[Record]) -> None:
        """Write one batch, whole or not at all. All its records are of one split.

        Raises:
            RecordError: the disk is full or read-only; what was stored before is untouched.
            EvalError: a sample that is stored already.
        """
        split = records[0].rollout.source.split
        keys = [(r.rollout.prompt_id, r.rollout.index) for r in records]
        have = self._keys.setdefault(split, set())
        twice = next((k for i, k in enumerate(keys) if k in have or k in keys[:i]), None)
        if twice is not None:
            raise EvalError(f"sample {twice[1]} of problem `{twice[0]}` is in {self.folder} already.")
        write_records(self.folder / "records", f"{split}-{self._batch:08d}", records)
        self._batch += 1
        have.update(keys)

    def records(self, split: str = "audit") -> list[Record]:
        """Return the stored samples of a split, in the order they were made."""
        return list(iter_records(self.folder, split)) if self._keys.get(split) else []

    def _files(self) -> list[Path]:
        return [p for p in (self.folder / "records").glob("*-*.parquet") if not p.name.startswith(".")]

    def _read_keys(self) -> dict[str, set[tuple[str, int]]]:
        found: dict[str, set[tuple[str, int]]] = {}
        for split, problem, index in zip(*self.columns("split", "prompt_id", "sample_index"), strict=True):
            found.setdefault(split, set()).add((problem, index))
        return found

    def columns(self, *names: str) -> tuple[list[Any], ...]:
        """Return columns of all stored samples (see `rewards.records.schema`), in the order they were made.

        Raises:
            RecordError: a record file that is not whole.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables = []
        for path in sorted(self._files()):
            try:
                tables.append(pq.read_table(path, columns=list(names)))
            except (pa.ArrowInvalid, OSError) as error:
                raise RecordError(
                    f"{path} is not a whole record file ({error}); move it away; its samples are made again."
                ) from error
        table = pa.concat_tables(tables) if tables else None
        return tuple(table[name].to_pylist() if table is not None else [] for name in names)

    def _sweep(self) -> None:
        """Remove what a killed process left half-written; the lock says that nobody is at it."""
        for leftover in (self.folder / "records").glob(".*.partial"):
            leftover.unlink()

    def _settle(self, settings: Mapping[str, Any], problems: Mapping[str, str]) -> None:
        path = self.folder / SETTINGS
        stored: dict[str, Any] = {"format": FORMAT, "settings": settings, "problems": {}}
        if path.is_file():
            stored = _load(path)
            _refuse_differences(self.folder, stored, settings, problems)
        elif self._files():
            raise EvalError(f"{self.folder} holds records that are not an audit's; choose another folder.")
        merged = {**stored["problems"], **problems}
        if not path.is_file() or merged != stored["problems"]:
            write_json(path, {**stored, "problems": merged})


def write_json(path: Path, payload: Any) -> None:
    """Write JSON whole or not at all. Raises OSError."""
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(payload, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _load(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise EvalError(
                f"{path} has format {found['format']}; this version reads {FORMAT}. Choose another folder."
            )
        if not all(isinstance(found[key], dict) for key in ("settings", "problems")):
            raise KeyError("settings")
    except (ValueError, KeyError, TypeError) as error:
        raise EvalError(
            f"{path} is not an audit's settings file ({error!r}); choose another folder."
        ) from error
    return found


def _refuse_differences(
    folder: Path, stored: Mapping[str, Any], settings: Mapping[str, Any], problems: Mapping[str, str]
) -> None:
    before, now = _flat(stored["settings"]), _flat(settings)
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise EvalError(
                f"{folder} holds samples with {key} = {before.get(key)!r}; this audit has {now.get(key)!r}. "
                "They must not be mixed: choose another folder, or delete this one."
            )
    changed = [p for p, mark in problems.items() if stored["problems"].get(p, mark) != mark]
    if changed:
        raise EvalError(
            f"{folder} holds samples of {len(changed)} problem(s) whose prompt or columns have changed, the "
            f"first `{changed[0]}`. They must not be mixed: choose another folder, or delete this one."
        )


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def _lock(folder: Path) -> IO[str]:
    """Hold the folder until the file is closed or the process ends, however it ends."""
    file = (folder / ".lock").open("w", encoding="utf-8")
    try:
        import fcntl
    except ImportError:  # Windows: no lock, one writer is the user's care
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise EvalError(
            f"another audit is writing to {folder}; wait for it or choose another folder."
        ) from error
    return file
