"""lm-evaluation-harness: `samples_TASK_DATE.jsonl`, as `--log_samples` writes it.

One line per problem and filter. With `repeats` a line holds several responses but usually one score, of what its
filter kept; only that one is judged then, and the note says so. Several files of one task are pooled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, as_correct, choose_score
from rewards.files import read_jsonl

KNOWN = frozenset(
    [
        "doc_id",
        "doc",
        "target",
        "arguments",
        "resps",
        "filtered_resps",
        "filter",
        "metrics",
        "doc_hash",
        "prompt_hash",
        "target_hash",
        "correct",
        "task_name",
    ]
)


def read(path: Path, score: str | None = None) -> Imported:
    """Read one file of samples. `score` is METRIC or METRIC,FILTER. Raises `EvalError`."""
    rows = [row for _, row in read_jsonl(path, EvalError)]
    names = [f"{metric},{row.get('filter', 'none')}" for row in rows for metric in _metrics(row)]
    if score is not None and "," not in score:
        matching = sorted({n for n in names if n.split(",")[0] == score})
        score = matching[0] if len(matching) == 1 else score
    chosen = choose_score(names, score, str(path))
    metric, kept = chosen.split(",", 1)
    found = Imported(score=chosen)
    for number, row in enumerate(rows):
        if row.get("filter", "none") == kept and metric in row:
            found.outcomes += _outcomes(row, metric, f"{path}, row {number}", found)
    return found


def _metrics(row: dict[str, Any]) -> list[str]:
    listed = row.get("metrics")
    if isinstance(listed, list):
        return [m for m in listed if m in row]
    return [k for k, v in row.items() if k not in KNOWN and isinstance(v, int | float | list)]


def _outcomes(row: dict[str, Any], metric: str, where: str, found: Imported) -> list[Outcome]:
    if "doc_id" not in row:
        raise EvalError(f"{where}: no `doc_id`; is this a samples file of lm-evaluation-harness?")
    problem, texts = str(row["doc_id"]), _texts(row.get("resps"))
    values = row.get("correct") if isinstance(row.get("correct"), list) else row[metric]
    shared = {"prompt": _prompt(row), "reference": str(row.get("target", ""))}
    if isinstance(values, list):
        if len(values) != len(texts):
            raise EvalError(f"{where}: {len(values)} scores for {len(texts)} responses.")
        return [
            Outcome(problem, as_correct(v, where), t, **shared) for v, t in zip(values, texts, strict=True)
        ]
    if len(texts) > 1:
        note = "Problems have several responses but one score, of what the filter kept; only that one counts."
        found.notes += [note] if note not in found.notes else []
    text = _texts(row.get("filtered_resps") if len(texts) > 1 else row.get("resps"))
    return [Outcome(problem, as_correct(values, where), text[0] if text else "", **shared)]


def _texts(value: Any) -> list[str]:
    """Return responses as text; they are nested by request."""
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [] if value is None else [str(value)]


def _prompt(row: dict[str, Any]) -> str:
    arguments = row.get("arguments")
    if isinstance(arguments, dict):
        first = arguments.get("gen_args_0") or {}
        return str(first.get("arg_0", "")) if isinstance(first, dict) else ""
    if isinstance(arguments, list) and arguments and isinstance(arguments[0], list) and arguments[0]:
        return str(arguments[0][0])
    return ""
