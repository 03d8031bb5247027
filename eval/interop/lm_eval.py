"""lm-evaluation-harness: `samples_TASK_DATE.jsonl`, as `--log_samples` writes it.

One line per problem and filter. With `repeats` a line holds several responses but usually one score. Where the filter
kept one response, only that one is judged, and a note says so. Where it kept several and the score is their mean
(pass@1, avg@n), c is recovered as mean x n; a score that gives no whole number is refused. Several files of one task
are pooled; `doc_id` begins anew with each task, so files of several tasks are refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from eval.counts import Count
from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, choose_score, cluster_of, pooled, right_of, task_of
from rewards.files import read_jsonl

MEANS = re.compile(r"(pass(@|_at_)1|avg|average|mean)(?![0-9])")
BEST_OF = re.compile(r"pass(@|_at_)[0-9]")
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
        "cluster",
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
    found = Imported(score=chosen, task=task_of(path.stem))
    without, filtered = 0, 0
    for number, row in enumerate(rows):
        if row.get("filter", "none") != kept:
            continue
        filtered += 1
        if metric not in row:
            without += 1
        else:
            found.outcomes += _outcomes(row, metric, f"{path}, row {number}", found)
    if without:
        found.note(f"{without} of {filtered} rows of {path.name} have no score `{chosen}` and are left out.")
    found.counts = pooled(found.counts)
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
    _ask(found, problem, row)
    values = row.get("correct") if isinstance(row.get("correct"), list) else row[metric]
    shared = {
        "prompt": _prompt(row),
        "reference": str(row.get("target", "")),
        "cluster": cluster_of(row, where),
    }
    if isinstance(values, list):
        if len(values) != len(texts):
            raise EvalError(f"{where}: {len(values)} scores for {len(texts)} responses.")
        return [
            Outcome(problem, found.judge(v, where), t, **shared) for v, t in zip(values, texts, strict=True)
        ]
    kept = _texts(row.get("filtered_resps") if len(texts) > 1 else row.get("resps"))
    if len(texts) > 1 and values is not None:
        if _counted(problem, kept, metric, values, shared["cluster"], found):
            return []
        _check_single(row, len(kept), metric, where, found)
    return [Outcome(problem, found.judge(values, where), kept[0] if kept else "", **shared)]


def _ask(found: Imported, problem: str, row: dict[str, Any]) -> None:
    if row.get("doc_hash"):
        found.ask(problem, "doc_hash", str(row["doc_hash"]))
    elif prompt := _prompt(row):
        found.ask(problem, "prompt or target", f"{prompt}\n{row.get('target', '')}")


def _counted(problem: str, kept: list[str], metric: str, value: Any, cluster: str, found: Imported) -> bool:
    """Count a problem whose score is the mean over several kept responses; return whether it is one."""
    right = right_of(len(kept), value) if len(kept) > 1 and MEANS.match(metric) else None
    if right is None:
        return False
    found.counts.append(Count(problem, len(kept), right, cluster))
    found.texts += [(problem, text) for text in kept]
    found.note(f"Which responses are right is not in the file: c is `{metric}` times the responses kept.")
    return True


def _check_single(row: dict[str, Any], kept: int, metric: str, where: str, found: Imported) -> None:
    """Refuse a score of several responses that says nothing of one of them; note what the score counts for."""
    value, options = row[metric], len(row["resps"]) > 1  # several requests: the options of one choice
    parts = isinstance(value, int | float) and 0 < value < 1
    if parts or (kept > 1 and BEST_OF.match(metric)):
        raise EvalError(
            f"{where}: {kept} responses kept, and `{metric}` = {value!r} does not say how many are right. Read a score "
            "that is their mean, such as pass@1 or avg@n, or one of a single response."
        )
    if kept == 1:
        found.note(
            "Problems have several responses but one score, of what the filter kept; only that one counts."
        )
    elif not options:
        found.note("Problems have several responses but one score of them all; it counts as one sample.")


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
