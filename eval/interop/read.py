"""Formats by name, and an import as an audit's folder, which `compare` and reports take like any other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.files import write_table
from eval.intact import marked
from eval.interop.contract import Imported, Outcome, Reader
from eval.store import write_json
from eval.summary import limit_note, summarise
from eval.tally import AUDIT, Group, duplicate_share, identical_note, left_out
from rewards import Record, Rollout, Score, Source, Status, Verdict
from rewards.errors import ToolkitError, unknown_name
from rewards.records import schema

FORMATS = {
    "lm-eval": "samples_TASK_DATE.jsonl of lm-evaluation-harness (--log_samples)",
    "lighteval": "details_TASK_DATE.parquet of lighteval (--save-details)",
    "inspect": "a log of inspect_ai, .json or .eval",
    "evalplus": "..._eval_results.json of evalplus",
    "plain": "JSON Lines, JSON or CSV: id, n, c; or id and correct, one line per sample",
}

REPEATED = "a server that ignores seeds, or one run, file or cached answer read twice"


def read_foreign(kind: str, paths: Sequence[Path], score: str | None = None) -> Imported:
    """Return what files of one format hold, samples of one problem pooled.

    Args:
        kind: a name in `FORMATS`.
        paths: the files.
        score: which of the file's scores to read; None = the only one.

    Raises:
        EvalError: an unknown format, or a file that is not of it (the message names file and row); or most scores
            lie between right and wrong.
    """
    if kind not in FORMATS:
        raise EvalError(unknown_name("format", kind, FORMATS))
    if not paths:
        raise EvalError("give at least one file to import.")
    read: Reader = import_module(f"eval.interop.{kind.replace('-', '_')}").read
    found = Imported()
    for path in paths:
        found.add(_read(kind, read, path, score))
    found.check_parts()
    return found


def _read(kind: str, read: Reader, path: Path, score: str | None) -> Imported:
    """Read a file; whatever a reader trips over in one of another shape is the file's fault."""
    try:
        return read(path, score)
    except ToolkitError:
        raise
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise EvalError(f"{path} is not of the format {kind}, {FORMATS[kind]} ({error!r}).") from error


def write_import(
    out: Path, found: Imported, name: str, ks: Sequence[int] | None = None, source: str = ""
) -> dict[str, Any]:
    """Write an import as an audit's folder and return the content of its audit.json.

    Args:
        out: the folder; must hold no audit yet.
        found: what was read.
        name: of the model, in reports.
        ks: draws to report; default: powers of two up to the smallest n, and that n.
        source: where it came from, one line for the notes.

    Raises:
        EvalError: nothing judged, or `out` holds an audit.
    """
    if (out / "audit.json").exists() or (out / "records").exists():
        raise EvalError(f"{out} holds an audit already; choose another folder.")
    counts = found.all_counts()
    summary = summarise(counts, ks)
    first: dict[str, Outcome] = {}
    for outcome in found.outcomes:
        first.setdefault(outcome.problem, outcome)
    said = _said(found)
    masked = sorted({o.problem for o in found.outcomes} - {c.problem_id for c in counts})
    result: dict[str, Any] = {
        "name": name,
        "model": name,
        "sampling": {},
        "n": max(count.n for count in counts) + sum(o.correct is None for o in found.outcomes),
        "seed": None,
        "problems": len(counts),
        "greedy_accuracy": None,
        "rates": _rates(found, said),
        "formats": {},
        "notes": [
            *([f"Imported from {source}."] if source else []),
            *found.notes,
            *_unjudged(found),
            *left_out(masked),
            *([] if ks else limit_note(counts)),
            *identical_note(said, REPEATED),
        ],
        "masked_problems": masked,
        "summary": summary.to_json(),
        "prompts": {p: o.prompt for p, o in first.items() if o.prompt},
        "references": {p: o.reference for p, o in first.items() if o.reference},
    }
    result = marked(result)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(outcome.text for outcome in found.outcomes):
            _write_records(out / "records", _records(found, name))
        write_json(out / "audit.json", result)
    except OSError as error:
        raise EvalError(f"cannot write {out}: {error.strerror or error}.") from error
    return result


def _unjudged(found: Imported) -> list[str]:
    unjudged = sum(o.correct is None for o in found.outcomes)
    if not unjudged:
        return []
    return [f"{unjudged} of {len(found.outcomes)} samples were not judged and enter no figure."]


def _said(found: Imported) -> list[Group]:
    """Return the samples of each problem and how many different texts they are; a problem without a text has none."""
    texts: dict[str, list[str]] = defaultdict(list)
    for problem, text in [*((o.problem, o.text) for o in found.outcomes), *found.texts]:
        texts[problem].append(text)
    return [Group(samples=len(all_), texts=len(set(all_))) for all_ in texts.values() if any(all_)]


def _rates(found: Imported, said: list[Group]) -> dict[str, float]:
    rates = {}
    if found.outcomes:
        rates["error"] = sum(o.correct is None for o in found.outcomes) / len(found.outcomes)
    if said:
        rates["duplicate"] = duplicate_share(said)
    return rates


def _write_records(folder: Path, records: Sequence[Record]) -> None:
    """Write one file, named by its content as an audit's files are."""
    import pyarrow as pa

    folder.mkdir(exist_ok=True)
    seen: dict[int, str] = {}
    table = pa.Table.from_pylist([r.row(seen) for r in records], schema=schema())
    write_table(folder, AUDIT, 0, 0, table)


def _records(found: Imported, name: str) -> list[Record]:
    """Return the samples as records; their order within a problem is their index."""
    next_index: dict[str, int] = defaultdict(int)
    records = []
    for outcome in found.outcomes:
        index = next_index[outcome.problem]
        next_index[outcome.problem] += 1
        status = Status.ERROR if outcome.correct is None else Status.SCORED
        value = None if outcome.correct is None else float(outcome.correct)
        rollout = Rollout(
            completion=outcome.text,
            prompt=outcome.prompt,
            columns={"answer": outcome.reference},
            prompt_id=outcome.problem,
            index=index,
            source=Source(run=name, model=name, split=AUDIT),
        )
        score = Score(value, status, reason="" if value is not None else "not judged in the file")
        records.append(
            Record(rollout, Verdict(value, outcome.correct, status, {found.score or "score": score}))
        )
    return records
