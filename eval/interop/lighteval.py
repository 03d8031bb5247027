"""lighteval: `details_TASK_DATE.parquet`, as `--save-details` writes it.

A row is a problem with all its predictions and the metrics of the row. Verdicts of single predictions are not
stored, so with several predictions a metric that is their mean is needed (avg@n, or pass@k with k = 1): c is
recovered as mean x n, and a mean that gives no whole number is refused. Ids are rows and begin anew with each
task, so files of several tasks are refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from eval.counts import Count
from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, choose_score, right_of, task_of
from rewards.parquet import read_parquet

MEANS = re.compile(r"avg@|k=1\b|pass@1:|maj@1:")


def read(path: Path, score: str | None = None) -> Imported:
    """Read one file of details. `score` is the metric's name. Raises `EvalError`."""
    rows = _rows(path)
    metrics = [_part(row, "metric", "metrics") for row in rows]
    chosen = choose_score((k for m in metrics for k, v in m.items() if v is not None), score, str(path))
    found = Imported(score=chosen, task=task_of(path.stem))
    for number, (row, metric) in enumerate(zip(rows, metrics, strict=True)):
        where, doc = f"{path}, row {number}", _part(row, "doc")
        problem = str(doc.get("id") or doc.get("instance_id") or row.get("example_id") or number)
        texts = _predictions(row)
        found.ask(
            problem, "query", str(doc.get("query") or row.get("example") or row.get("full_prompt") or "")
        )
        if len(texts) > 1:
            found.counts.append(_count(problem, len(texts), metric.get(chosen), chosen, where))
            found.texts += [(problem, text) for text in texts]
            continue
        prompt = str(doc.get("query") or row.get("full_prompt") or row.get("example") or "")
        text = texts[0] if texts else ""
        found.outcomes.append(
            Outcome(problem, found.judge(metric.get(chosen), where), text, prompt, _gold(doc, row))
        )
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa

    try:
        rows: list[dict[str, Any]] = read_parquet(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise EvalError(f"cannot read {path}: {error}.") from error
    if not rows or not ({"metric", "metrics"} & rows[0].keys()):
        raise EvalError(f"{path} has no column `metric` or `metrics`; is this a details file of lighteval?")
    return rows


def _part(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((dict(row[name]) for name in names if isinstance(row.get(name), dict)), {})


def _predictions(row: dict[str, Any]) -> list[str]:
    response = _part(row, "model_response")
    found = response.get("text", row.get("predictions"))
    if found is None:
        return []
    return [str(text) for text in (found if isinstance(found, list) else [found])]


def _count(problem: str, n: int, value: Any, metric: str, where: str) -> Count:
    right = right_of(n, value)
    if not MEANS.search(metric) or right is None:
        raise EvalError(
            f"{where}: {n} predictions, and `{metric}` = {value!r} does not say how many are right. Read a metric "
            "that is their mean, such as avg@n or pass@k with k=1."
        )
    return Count(problem, n, right)


def _gold(doc: dict[str, Any], row: dict[str, Any]) -> str:
    choices, index = doc.get("choices"), doc.get("gold_index")
    place = index[0] if isinstance(index, list) and index else index
    if isinstance(choices, list) and isinstance(place, int) and 0 <= place < len(choices):
        return str(choices[place])
    return str(row.get("gold") or "")
