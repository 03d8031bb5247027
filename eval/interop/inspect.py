"""inspect_ai: a log as `.json`, or as `.eval` (a zip of one JSON file per sample). Epochs are the samples.

Ids often begin anew with each task: logs of several tasks are refused where a problem's input differs.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.interop.contract import Imported, Outcome, choose_score


def read(path: Path, score: str | None = None) -> Imported:
    """Read one log. `score` is the scorer's name. Raises `EvalError`."""
    task, samples = _log(path)
    names = [name for sample in samples for name in (sample.get("scores") or {})]
    chosen = choose_score(names, score, str(path))
    found = Imported(score=chosen, task=task)
    for sample in sorted(samples, key=lambda s: int(s.get("epoch", 1))):
        where = f"{path}, sample {sample.get('id')}, epoch {sample.get('epoch')}"
        value = ((sample.get("scores") or {}).get(chosen) or {}).get("value")
        if isinstance(value, dict | list):
            raise EvalError(
                f"{where}: the score `{chosen}` has several values; it does not say right or wrong."
            )
        problem, asked = str(sample.get("id")), _input(sample.get("input"))
        found.ask(problem, "input", asked)
        said, target = _completion(sample), _plain(sample.get("target"))
        found.outcomes.append(Outcome(problem, found.judge(value, where), said, asked, target))
    return found


def _log(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a log's task, with its arguments, and its samples."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                members = [n for n in archive.namelist() if n.startswith("samples/") and n.endswith(".json")]
                found = [json.loads(archive.read(name)) for name in sorted(members)]
                head = json.loads(archive.read("header.json")) if "header.json" in archive.namelist() else {}
        else:
            head = json.loads(path.read_text(encoding="utf-8-sig"))
            found = head["samples"]
    except NotImplementedError as error:  # a compression that this Python does not know
        raise EvalError(
            f"{path}: {error}; write it as JSON with `inspect log convert --to json` first."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise EvalError(f"{path} is not a log of inspect_ai ({error!r}).") from error
    if not found or not all(isinstance(sample, dict) and "id" in sample for sample in found):
        raise EvalError(f"{path} holds no samples; was it logged with --no-log-samples?")
    return _task(head), found


def _task(head: Mapping[str, Any]) -> str:
    run = head.get("eval") or {}
    given = run.get("task_args")
    return f"{run.get('task') or ''}{json.dumps(given, sort_keys=True) if given else ''}"


def _completion(sample: dict[str, Any]) -> str:
    choices = (sample.get("output") or {}).get("choices") or []
    return _plain((choices[0].get("message") or {}).get("content")) if choices else ""


def _input(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(
            f"{m.get('role', '')}: {_plain(m.get('content'))}" for m in value if isinstance(m, dict)
        )
    return _plain(value)


def _plain(value: Any) -> str:
    """Return text, a list of texts, or a list of content parts as text."""
    if isinstance(value, list):
        return "\n".join(str(p.get("text", "")) if isinstance(p, dict) else str(p) for p in value)
    return "" if value is None else str(value)
