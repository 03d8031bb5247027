"""Whether an audit on disk is what was written: its record files, its counts, and audit.json itself.

Four checks, each against something that an editor of one file does not change: a record file against the hash in its
name, the counts in audit.json against the samples, and audit.json and settings.json each against a mark of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.counts import Count
from eval.errors import EvalError
from eval.files import NAME, BatchFile
from eval.store import SETTINGS, OldSettingsError, stored_settings, writable

if TYPE_CHECKING:
    import pyarrow as pa

Tally = Mapping[str, tuple[int, int]]
"""Problem id -> judged samples and right ones."""
_COLUMNS = ("prompt_id", "sample_index", "correct", "split")


def marked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of an audit.json, as a file can hold it, with the mark that shows whether it was edited.

    Lone surrogates in its texts, such as prompts, become `?` (see `eval.store.writable`).
    """
    content = writable(dict(content))
    return {**content, "mark": _mark(content)}


def check_mark(path: Path, content: Mapping[str, Any]) -> None:
    """Refuse an audit.json that was edited; older ones have no mark and are taken as they are. Raises EvalError."""
    if "mark" in content and content["mark"] != _mark(content):
        raise EvalError(
            f"{path} was edited: put the original back, or run the audit again, which sums up the stored samples anew "
            "(where it was imported, import it again)."
        )


def check_settings(folder: Path) -> None:
    """Refuse a settings.json that was edited; older ones have no mark and are taken as they are. Raises EvalError."""
    with suppress(OldSettingsError):
        stored_settings(folder)


def check_records(folder: Path, counts: Sequence[Count], n: int | None) -> None:
    """Check an audit's record files by their names and its counts by its samples; does nothing without records.

    An import may know some problems by their counts alone: there a problem without any sample is not checked.

    Args:
        folder: of the audit.
        counts: as audit.json gives them.
        n: samples per problem that they rest on; None = all. Those of an adaptive audit beyond it are not counted.

    Raises:
        EvalError: a file that was changed or renamed, or counts that are not those of the samples.
        RecordError: a file that is not whole.
        TypeError: n is no number.
    """
    if n is not None and not isinstance(n, int):
        raise TypeError(f"n is {n!r}")
    if not (folder / "records").is_dir():
        return
    sampled = (folder / SETTINGS).is_file()
    found = _recount(folder / "records", n, sampled)
    refuse_other_counts(folder, counts if sampled else [x for x in counts if x.problem_id in found], found)


def refuse_other_counts(folder: Path, counts: Sequence[Count], found: Tally) -> None:
    """Refuse counts that are not those found. Raises `EvalError` with the first problem and both figures."""
    for x in counts:
        n, c = found.get(x.problem_id, (0, 0))
        if (n, c) != (x.n, x.c):
            raise EvalError(
                f"{folder}: problem `{x.problem_id}` has {c} right of {n} stored samples, but audit.json says {x.c} of "
                f"{x.n}. A file was edited, copied or lost: put the original back, or run the audit again, which "
                "makes what is missing and sums up anew (where it was imported, import it again)."
            )


def _recount(records: Path, n: int | None, sampled: bool) -> dict[str, tuple[int, int]]:
    import pyarrow as pa

    tables = [
        _first_rows(path, n, sampled) for path in sorted(records.glob("*.parquet")) if path.name[0] != "."
    ]
    if not tables:
        return {}
    counts = pa.concat_tables(tables).group_by("prompt_id", use_threads=False)
    rows = counts.aggregate([("correct", "count"), ("correct", "sum")])
    problems, judged, right = (
        rows[name].to_pylist() for name in ("prompt_id", "correct_count", "correct_sum")
    )
    return {p: (a, b or 0) for p, a, b in zip(problems, judged, right, strict=True)}


def _first_rows(path: Path, n: int | None, sampled: bool) -> pa.Table:
    """Return problem and verdict of a file's samples below n of the split `audit`, its bytes checked by its name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from rewards.errors import RecordError
    from rewards.parquet import read_parquet
    from rewards.records import schema

    named = sampled or NAME.fullmatch(path.name) is not None
    try:
        content = BatchFile.of(path).content() if named else path.read_bytes()
        table = read_parquet(content, _COLUMNS, schema())
    except (pa.ArrowException, OSError) as error:
        raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error
    wanted = pc.equal(table["split"], "audit")
    if n is not None:
        wanted = pc.and_(wanted, pc.less(table["sample_index"], n))
    return table.filter(wanted).select(["prompt_id", "correct"])


def _mark(content: Mapping[str, Any]) -> str:
    plain = json.loads(json.dumps({key: value for key, value in content.items() if key != "mark"}))
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
