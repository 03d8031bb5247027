"""Replay stored records with another suite of rewards, and say what changed.

Records are read, scored and written in small batches, so memory does not grow with their number. Each file of the
source becomes one file of the target, under its own name, whole or not at all; a stopped replay goes on with the
files that are missing. All columns but the scores are taken over as they are.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewards.changes import Changes, Side
from rewards.contract import Rollout
from rewards.errors import RecordError, ToolkitError, unknown_name
from rewards.files import whole_file
from rewards.parquet import open_parquet, parquet_batches
from rewards.records import Record, _record, _score_row, schema
from rewards.suite import Suite, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 1024
"""Records in memory at a time."""
ROW_GROUP = 16
"""Batches in one row group of a written file."""
META = b"rescore"
REPLACED = ("total", "correct", "status", "scores")
MANIFEST = "rescore.json"
Progress = Callable[[str, int, int], None]


def rescore(
    source: Path,
    suite: Suite,
    out: Path,
    *,
    split: str | None = None,
    against: str | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Changes:
    """Score the records of `source` with `suite`, write them below `out` and return what changed.

    Args:
        source: a run, an audit or a folder of records.
        suite: the rewards to replay with.
        out: the new folder; the records lie in `out/records`, the comparison in `out/rescore.json`.
        split: only records of this split.
        against: compare with the stored score of this label, and not with the stored total.
        resume: go on with a replay of the same source and suite; finished files are not scored again.
        progress: called as `progress("rescore", done, total)` with numbers of records.

    Raises:
        RecordError: no records, a file that is not whole, or a target that cannot be written.
        RewardError: a column that a reward needs is missing.
    """
    files = record_files(source)
    target = out / "records"
    if target.resolve() == files[0].parent.resolve():
        raise RecordError(f"{out} holds the records to be replayed; choose another folder for the new ones.")
    plan = {
        "source": str(files[0].parent.resolve()),
        "split": split,
        "against": against,
        "suite": _suite_of(suite),
    }
    _prepare(out, plan, resume)
    sizes = [_rows(path) for path in files]
    done, changes = 0, Changes()
    for path, size in zip(files, sizes, strict=True):

        def tick(count: int, before: int = done) -> None:
            if progress is not None:
                progress("rescore", before + count, sum(sizes))

        found = _finished(target / path.name, path)
        if found is None:
            found = _rescore_file(path, suite, target / path.name, split, against, tick)
        else:
            tick(size)
        changes.merge(found)
        done += size
    _write_json(out / MANIFEST, plan | {"changes": changes.to_json()})
    return changes


def record_files(folder: Path) -> list[Path]:
    """Return the record files of a run, an audit or a `records` folder, in order. Raises `RecordError`."""
    inner = folder / "records"
    folder = inner if inner.is_dir() else folder
    files = sorted(p for p in folder.glob("*.parquet") if not p.name.startswith("."))
    if not files:
        raise RecordError(f"no records in {folder}; expected *.parquet files written by a run or an audit.")
    return files


def find_records(folder: Path, prompt_id: str) -> Iterator[Record]:
    """Yield the records of one prompt. Raises `RecordError`: a file is not whole, or no such prompt."""
    import pyarrow.compute as pc

    known: set[str] = set()
    found = False
    for path in record_files(folder):
        for batch in _batches(path):
            picked = batch.filter(pc.equal(batch["prompt_id"], prompt_id))
            for row in picked.to_pylist():
                found = True
                yield _record(row)
            if not found:
                known.update(pc.unique(batch["prompt_id"]).to_pylist())
    if not found:
        raise RecordError(f"{folder}: " + unknown_name("prompt id", prompt_id, known))


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        with open_parquet(path) as stored:
            missing = set(schema().names) - set(stored.schema_arrow.names)
            if missing:
                raise RecordError(f"{path} holds no records: it has no column `{min(missing)}`.")
            for batch in parquet_batches(stored, BATCH, schema().names):
                yield batch.select(schema().names).cast(schema())
    except (pa.ArrowException, OSError) as error:
        raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error


def _rows(path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error


def _rescore_file(
    path: Path,
    suite: Suite,
    target: Path,
    split: str | None,
    against: str | None,
    tick: Callable[[int], None],
) -> Changes:
    """Replay one file; the new one stands under its name only when it is whole."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    changes, seen = Changes(), 0
    grouped = any(term.reward.spec.group for term in suite.terms)

    def chosen() -> Iterator[pa.RecordBatch]:
        nonlocal seen
        for batch in _batches(path):
            seen += batch.num_rows
            yield batch if split is None else batch.filter(pc.equal(batch["split"], split))

    try:
        with whole_file(target) as partial, pq.ParquetWriter(partial, schema(), compression="zstd") as writer:
            held: list[pa.RecordBatch] = []
            for batch in _whole_groups(chosen(), path) if grouped else chosen():
                held.append(_rescored(batch, suite, against, changes))
                if len(held) == ROW_GROUP:
                    writer.write_table(pa.Table.from_batches(held))
                    held = []
                tick(seen)
            if held:
                writer.write_table(pa.Table.from_batches(held))
            writer.add_key_value_metadata({META: json.dumps({"of": _stamp(path), **changes.to_json()})})
    except OSError as error:
        raise RecordError(
            f"cannot write {target}: {error.strerror or error}. Free space or choose another folder; "
            "the files that are there are whole, and --resume goes on with the others."
        ) from error
    return changes


def _rescored(batch: pa.RecordBatch, suite: Suite, against: str | None, changes: Changes) -> pa.RecordBatch:
    """Return the batch with its scores replaced, and add it to the comparison."""
    import pyarrow as pa

    rows = batch.to_pylist()
    records = [_record(row) for row in rows]
    rollouts = [record.rollout for record in records]
    verdicts = suite.score(rollouts, [_group(row) for row in rows])
    for record, verdict in zip(records, verdicts, strict=True):
        changes.add(_key(record.rollout), _old(record, against, suite), _new(verdict), _reason(verdict))
    fresh: dict[str, list[Any]] = {
        "total": [v.total for v in verdicts],
        "correct": [v.correct for v in verdicts],
        "status": [v.status.value for v in verdicts],
        "scores": [[_score_row(label, s) for label, s in v.scores.items()] for v in verdicts],
    }
    arrays = [
        pa.array(fresh[field.name], field.type) if field.name in REPLACED else batch[field.name]
        for field in schema()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema())


def _whole_groups(batches: Iterable[pa.RecordBatch], path: Path) -> Iterator[pa.RecordBatch]:
    """Cut batches where one prompt's group ends, for rewards that compare the samples of a group."""
    import pyarrow as pa

    ended: set[int] = set()
    held: pa.RecordBatch | None = None
    for batch in chain(batches, [None]):
        if batch is not None:
            held = batch if held is None else pa.concat_batches([held, batch])
        if held is None or not held.num_rows:
            continue
        keys = [_group(row) for row in held.select(["run", "split", "step", "prompt_id"]).to_pylist()]
        end = len(keys)
        while batch is not None and end and keys[end - 1] == keys[-1]:
            end -= 1
        if not end:
            continue
        done = {hash(key) for key in keys[:end]}
        if done & ended or (hash(keys[-1]) in done and end < len(keys)):
            raise RecordError(
                f"{path}: the samples of a prompt do not stand together; a group reward needs that."
            )
        ended |= done
        yield held.slice(0, end)
        held = held.slice(end)


def _group(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["run"], row["split"], row["step"], row["prompt_id"])


def _key(rollout: Rollout) -> dict[str, Any]:
    source = rollout.source
    return {
        "prompt_id": rollout.prompt_id,
        "sample": rollout.index,
        "split": source.split,
        "step": source.step,
    }


def _old(record: Record, against: str | None, suite: Suite) -> Side:
    if against is None:
        return _new(record.verdict)
    score = record.verdict.scores.get(against)
    if score is None:
        return Side(None, "absent", None)
    full = suite.terms[0].reward.full
    return Side(score.value, score.status.value, None if score.value is None else score.value >= full - 1e-9)


def _new(verdict: Verdict) -> Side:
    return Side(verdict.total, verdict.status.value, verdict.correct)


def _reason(verdict: Verdict) -> str:
    return next((s.reason for s in verdict.scores.values() if s.reason), "")


def _suite_of(suite: Suite) -> list[dict[str, Any]]:
    return [
        {
            "name": term.reward.name,
            "label": term.label,
            "weight": term.weight,
            "params": json.loads(json.dumps(dict(term.reward.params), default=str)),
            "requires": term.requires,
            "when": json.loads(json.dumps(dict(term.when), default=str)),
            "code": _code(term.reward.spec.fn),
        }
        for term in suite.terms
    ]


def _code(fn: Callable[..., Any]) -> str:
    """Return a digest of the reward's own source files, so that a replay is not resumed with other rules."""
    file = getattr(sys.modules.get(fn.__module__), "__file__", None)
    if not file:
        return ""
    path = Path(file)
    files = sorted(path.parent.glob("*.py")) if "." in fn.__module__ else [path]
    digest = hashlib.sha256()
    for source in files:
        with suppress(OSError):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _prepare(out: Path, plan: Mapping[str, Any], resume: bool) -> None:
    manifest = out / MANIFEST
    if manifest.is_file():
        if not resume:
            raise ToolkitError(f"{out} holds a replay; --resume goes on with it, or choose another folder.")
        try:
            known = json.loads(manifest.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RecordError(f"{manifest} cannot be read ({error}); choose another folder.") from error
        other = [key for key in plan if known.get(key) != plan[key]]
        if other:
            problem = (
                "the rewards, their parameters or their code" if other == ["suite"] else ", ".join(other)
            )
            raise ToolkitError(f"{out} holds a replay in which {problem} were others; choose another folder.")
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ToolkitError(f"{out} exists and is no replay; choose a new or empty folder.")
    _write_json(manifest, dict(plan))


def _finished(target: Path, source: Path) -> Changes | None:
    """Return the comparison stored in a finished file, if it is of the source as it is now."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not target.is_file():
        return None
    try:
        found = json.loads((pq.read_metadata(target).metadata or {})[META])
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return None
    return Changes.from_json(found) if found["of"] == _stamp(source) else None


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _write_json(path: Path, tree: Mapping[str, Any]) -> None:
    try:
        with whole_file(path) as partial:
            partial.write_text(json.dumps(tree, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise RecordError(f"cannot write {path}: {error.strerror or error}.") from error
