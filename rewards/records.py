"""Records: rollouts and their scores on disk. Training writes them, selection reads them, audits do both.

A folder of Parquet files, one file per step, each written beside its final name and moved into place, so a
crash leaves whole files only. Writing a step again replaces its file: a resumed run counts no sample twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewards.contract import Rollout, Score, Status
from rewards.errors import RecordError
from rewards.files import valid_text, whole_file
from rewards.parquet import read_parquet
from rewards.suite import Verdict

if TYPE_CHECKING:
    import pyarrow as pa

KEY = ("run", "split", "step", "prompt_id", "sample_index")
"""What identifies a record."""


@dataclass(frozen=True)
class Record:
    """One scored rollout. `tag` is its format (see `formats` in a config) or empty."""

    rollout: Rollout
    verdict: Verdict
    tag: str = ""

    def row(self, seen: dict[int, str] | None = None) -> dict[str, Any]:
        """Return the flat row of the Parquet file (see `schema`).

        `seen` remembers the JSON of objects that many records of a batch share (a prompt, a dataset row).
        """
        r, v = self.rollout, self.verdict
        seen = {} if seen is None else seen
        return {
            "run": r.source.run,
            "split": r.source.split,
            "epoch": r.source.epoch,
            "step": r.source.step,
            "prompt_id": valid_text(r.prompt_id),
            "sample_index": r.index,
            "model": r.source.model,
            "seed": r.source.seed,
            "sampling": _shared_json(r.source.sampling, seen),
            "prompt": valid_text(r.prompt) if isinstance(r.prompt, str) else _shared_json(r.prompt, seen),
            "prompt_chat": not isinstance(r.prompt, str),
            "completion": valid_text(
                r.completion if isinstance(r.completion, str) else _json(list(r.completion))
            ),
            "chat": not isinstance(r.completion, str),
            "prompt_tokens": r.prompt_tokens,
            "completion_tokens": r.completion_tokens,
            "truncated": r.truncated,
            "columns": _shared_json(r.columns, seen),
            "total": v.total,
            "correct": v.correct,
            "status": v.status.value,
            "scores": [_score_row(label, s) for label, s in v.scores.items()],
            "tag": self.tag,
        }


def schema() -> pa.Schema:
    """Return the Arrow schema of a record file."""
    import pyarrow as pa

    text, whole, real, flag = pa.string(), pa.int64(), pa.float64(), pa.bool_()
    score = {"reward": text, "value": real, "status": text, "reason": text, "seconds": real, "parts": text}
    scores = pa.list_(pa.struct(list(score.items())))
    groups: list[tuple[pa.DataType, str]] = [
        (text, "run split"),
        (whole, "epoch step"),
        (text, "prompt_id"),
        (whole, "sample_index"),
        (text, "model"),
        (whole, "seed"),
        (text, "sampling prompt"),
        (flag, "prompt_chat"),
        (text, "completion"),
        (flag, "chat"),
        (whole, "prompt_tokens completion_tokens"),
        (flag, "truncated"),
        (text, "columns"),
        (real, "total"),
        (flag, "correct"),
        (text, "status"),
        (scores, "scores"),
        (text, "tag"),
    ]
    return pa.schema([(name, kind) for kind, names in groups for name in names.split()])


def write_records(folder: Path, name: str, records: Sequence[Record]) -> Path:
    """Write one file of records, whole or not at all, and return its path.

    Args:
        folder: where the files lie; made if missing.
        name: the file's name without suffix, for example `train-00000012`. An existing file is replaced.
        records: what to write.

    Raises:
        RecordError: the disk is full or read-only; what was written before is untouched.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{name}.parquet"
    seen: dict[int, str] = {}
    table = pa.Table.from_pylist([r.row(seen) for r in records], schema=schema())
    try:
        with whole_file(path) as partial, partial.open("wb") as stream:
            pq.write_table(table, stream, compression="zstd")
    except OSError as error:
        raise RecordError(
            f"cannot write records to {path}: {error.strerror or error}. Free space or choose another "
            "folder; everything recorded before is intact."
        ) from error
    return path


def record_files(folder: Path) -> list[Path]:
    """Return the record files of a `records` folder, in the order they are read."""
    return sorted(p for p in folder.glob("*.parquet") if not p.name.startswith("."))


def read_records(folder: Path, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
    """Return all records below `folder` as one Arrow table, in the order of their file names.

    Args:
        folder: a run's `records` folder, or the run's folder itself.
        split: keep only this split ("train", "eval", "audit").
        columns: read only these columns of `schema`; all if None.

    Raises:
        RecordError: no records there, or a file that is not whole.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if (folder / "records").is_dir():
        folder = folder / "records"
    files = record_files(folder)
    if not files:
        raise RecordError(f"no records in {folder}; expected *.parquet files written by a run or an audit.")
    wanted = None if columns is None else [*dict.fromkeys([*columns, "split"])]
    tables = []
    for path in files:
        try:
            table = read_parquet(path, wanted, schema())
        except (pa.ArrowException, OSError) as error:
            raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error
        tables.append(table.filter(pc.equal(table["split"], split)) if split else table)
    table = pa.concat_tables(tables)
    return table.select(list(columns)) if columns is not None else table


def iter_records(folder: Path, split: str | None = None) -> Iterator[Record]:
    """Yield records as typed objects. Raises `RecordError` as `read_records` does."""
    for row in read_records(folder, split).to_pylist():
        yield _record(row)


def _record(row: dict[str, Any]) -> Record:
    from rewards.contract import Source

    source = Source(
        run=row["run"],
        model=row["model"],
        split=row["split"],
        step=row["step"],
        epoch=row["epoch"],
        seed=row["seed"],
        sampling=json.loads(row["sampling"]),
    )
    rollout = Rollout(
        completion=json.loads(row["completion"]) if row["chat"] else row["completion"],
        prompt=json.loads(row["prompt"]) if row["prompt_chat"] else row["prompt"],
        columns=json.loads(row["columns"]),
        prompt_id=row["prompt_id"],
        index=row["sample_index"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        truncated=row["truncated"],
        source=source,
    )
    scores = {
        s["reward"]: Score(s["value"], Status(s["status"]), json.loads(s["parts"]), s["reason"], s["seconds"])
        for s in row["scores"]
    }
    return Record(rollout, Verdict(row["total"], row["correct"], Status(row["status"]), scores), row["tag"])


def _score_row(label: str, score: Score) -> dict[str, Any]:
    return {
        "reward": label,
        "value": score.value,
        "status": score.status.value,
        "reason": valid_text(score.reason),
        "seconds": score.seconds,
        "parts": _json(dict(score.parts)) if score.parts else "{}",
    }


def _shared_json(value: Any, seen: dict[int, str]) -> str:
    if id(value) not in seen:
        seen[id(value)] = valid_text(_json(dict(value) if isinstance(value, Mapping) else list(value)))
    return seen[id(value)]


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain, sort_keys=True)
    except (TypeError, ValueError, RecursionError):  # keys of mixed types, a cycle: keep what can be shown
        return json.dumps(
            {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else str(value)
        )


def _plain(value: Any) -> Any:
    """Turn numpy scalars and arrays into numbers and lists, anything else into text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
