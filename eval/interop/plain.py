"""Plain files: JSON Lines, JSON (a list of objects) or CSV, with a line per problem (id, n, c) or per sample.

Names taken: `problem_id`, `id`, `task_id` or `doc_id`; `n` and `c`; or `correct` (or the score named), and
optionally `text` or `completion`, `prompt`, `reference` or `answer`. `cluster` is read from both kinds of line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval.counts import Count
from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, cluster_of
from eval.suites.load import read_rows

IDS = ("problem_id", "id", "task_id", "doc_id")


def read(path: Path, score: str | None = None) -> Imported:
    """Read one file. Raises `EvalError` naming the row."""
    found, given = Imported(score=score or "correct"), dict[str, int]()
    for number, row in enumerate(read_rows(path)):
        where = f"{path}, row {number}"
        name = next((str(row[key]) for key in IDS if row.get(key) not in (None, "")), None)
        if name is None:
            raise EvalError(f"{where}: no id; name it {', '.join(IDS)}.")
        cluster = cluster_of(row, where)
        if score is None and "n" in row and "c" in row:
            if name in given:
                raise EvalError(f"{where}: problem `{name}` was already given in row {given[name]}.")
            given[name] = number
            try:
                found.counts.append(Count(name, _whole(row["n"]), _whole(row["c"]), cluster))
            except EvalError as error:
                raise EvalError(f"{where}: {error}") from error
        elif found.score in row:
            found.outcomes.append(_outcome(name, row, found.judge(row[found.score], where), cluster))
        else:
            raise EvalError(
                f"{where}: neither n and c nor `{found.score}`; it has {', '.join(map(str, row))}."
            )
    if found.counts and not found.outcomes:
        found.score = ""
    return found


def _outcome(name: str, row: dict[str, Any], correct: bool | None, cluster: str) -> Outcome:
    def text(*keys: str) -> str:
        return next((str(row[key]) for key in keys if row.get(key) is not None), "")

    said = text("text", "completion"), text("prompt"), text("reference", "answer")
    return Outcome(name, correct, *said, cluster)


def _whole(value: Any) -> Any:
    """Return a number that a CSV file holds as text; what is none is left for `Count` to refuse."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value
