"""evalplus: `..._eval_results.json`. Scores are `plus` (all tests) and `base` (the original tests)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, choose_score


def read(path: Path, score: str | None = None) -> Imported:
    """Read one file of results; `score` is plus (the default where there is one) or base. Raises `EvalError`."""
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))["eval"]
        items = list(tasks.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvalError(f"{path} is not a results file of evalplus ({error!r}).") from error
    names = {name for _, entry in items for name in ("plus", "base") if _has(entry, name)}
    chosen = choose_score(sorted(names), score or ("plus" if "plus" in names else None), str(path))
    found = Imported(score=chosen)
    for task, entry in items:
        for number, (status, text) in enumerate(_judged(entry, chosen)):
            found.outcomes.append(Outcome(str(task), found.judge(status, f"{path}, {task}, {number}"), text))
    return found


def _has(entry: Any, name: str) -> bool:
    if isinstance(entry, dict):  # up to 0.2: one object per task, a list of [status, details] per test set
        return bool(entry.get(name))
    return any(row.get(f"{name}_status") is not None for row in entry)


def _judged(entry: Any, name: str) -> list[tuple[Any, str]]:
    """Return status and solution per sample. A sample passes `plus` only if it passes `base` too."""
    if isinstance(entry, dict):
        base, chosen = entry.get("base") or [], entry.get(name) or []
        pairs = zip(base, chosen, strict=False)
        return [(c[0] if b[0] == "pass" or name == "base" else b[0], "") for b, c in pairs]
    found = []
    for row in entry:
        status, base = row.get(f"{name}_status"), row.get("base_status")
        status = base if name == "plus" and base not in (None, "pass") else status
        found.append((status, str(row.get("solution") or "")))
    return found
