"""What the verifier read in the samples that a report shows, by the reward's own `explain`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.store import SETTINGS, stored_settings
from eval.views import AuditView
from rewards import Rollout, ToolkitError

Key = tuple[str, int]


def explain_samples(
    folder: Path, view: AuditView, problems: Sequence[str], most: int
) -> dict[Key, dict[str, str]]:
    """Explain the samples of `view`, problem by problem in the order given, until `most` are done.

    Args:
        folder: of the audit; its settings say which reward decided.
        view: of the audit, with the samples that are shown.
        problems: ids; those that matter most first.
        most: how many samples; each costs what scoring it a few times costs.

    Returns:
        (problem id, sample index) -> name -> text, in the order in which it should be read.

    Raises:
        EvalError: the folder does not say how it was judged, or the reward cannot be loaded any more.
    """
    from rewards.explain import explain

    wanted = [(p, s.index) for p in problems for s in view.samples.get(p, ())][:most]
    if not wanted:
        return {}
    bound = _reward(folder)
    found = {}
    for key, rollout in _rollouts(folder, wanted).items():
        try:
            found[key] = _words(explain(bound, rollout).to_json())
        except ToolkitError as error:
            found[key] = {"explain": f"failed: {error}"}
    return found


def _reward(folder: Path) -> Any:
    """Return the heaviest reward of the audit, with its parameters."""
    from rewards import load_reward

    try:
        terms = stored_settings(folder)["rewards"]
        term = max(terms, key=lambda t: float(t["weight"]))
        return load_reward(term["name"], **term["params"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ToolkitError):
            raise EvalError(f"the samples cannot be explained: {error}") from error
        raise EvalError(
            f"the samples cannot be explained: {folder / SETTINGS} does not name the rewards ({error!r})."
        ) from error


def _rollouts(folder: Path, wanted: Sequence[Key]) -> dict[Key, Rollout]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from rewards.records import read_records

    columns = ("prompt_id", "sample_index", "completion", "chat", "prompt", "prompt_chat", "columns")
    table = read_records(folder, "audit", columns)
    table = table.filter(pc.is_in(table["prompt_id"], pa.array(sorted({p for p, _ in wanted}))))
    chosen, found = set(wanted), {}
    for row in table.to_pylist():
        key = (row["prompt_id"], row["sample_index"])
        if key in chosen:
            found[key] = Rollout(
                completion=json.loads(row["completion"]) if row["chat"] else row["completion"],
                prompt=json.loads(row["prompt"]) if row["prompt_chat"] else row["prompt"],
                columns=json.loads(row["columns"]),
                prompt_id=row["prompt_id"],
                index=row["sample_index"],
            )
    return {key: found[key] for key in wanted if key in found}


def _words(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what a reader wants to know, empty entries left out."""
    shown = {
        "answer": told["extracted"],
        "read as": told["read_prediction"],
        "reference read as": told["read_gold"],
        "rule": told["rule"],
        "would be paid": None if told["value"] == told["range"][1] else told["would_pay"],
    }
    return {name: str(text) for name, text in shown.items() if text}
