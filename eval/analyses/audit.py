"""What the analyses take from an audit's records."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.analyses.budget import BudgetRow, budget_curve, normalised_regret
from eval.clusters import cluster_labels
from eval.extent import audit_rows
from eval.sampling import Prompt
from eval.store import stored_settings
from eval.views import load_audit
from rewards.text import final_text


def audit_budget(folder: Path, budgets: Sequence[int] | None = None) -> list[BudgetRow]:
    """Return accuracy under caps on the length, from an audit's records; empty if it has no records with lengths.

    A masked sample leaves the problem's n, and an audit's clusters are the unit of the intervals, as everywhere.

    Raises:
        EvalError: a budget below 1, or the audit was edited.
    """
    if not (folder / "records").is_dir():
        return []
    import pyarrow.compute as pc

    table = audit_rows(folder, ("prompt_id", "completion_tokens", "correct"))
    known = pc.and_(pc.is_valid(table["correct"]), pc.is_valid(table["completion_tokens"]))
    table = table.filter(known)
    if not table.num_rows:
        return []
    tokens, correct = table["completion_tokens"].to_numpy(), table["correct"].to_numpy()
    return budget_curve(
        table["prompt_id"].to_numpy(), tokens, correct, budgets, clusters=_clusters_of(folder)
    )


def _clusters_of(folder: Path) -> Mapping[Hashable, str] | None:
    """Return problem id -> cluster of a folder's audit; None without clusters, or of records alone."""
    counts = load_audit(folder, 0).counts if (folder / "audit.json").is_file() else []
    labels = cluster_labels(counts)
    return None if labels is None else {x.problem_id: x.cluster for x in counts}


def budget_regret(rows: Sequence[BudgetRow]) -> float:
    """Return the normalised regret of a budget curve at its last budget (see `normalised_regret`)."""
    return normalised_regret([r.budget for r in rows], [r.accuracy for r in rows], rows[-1].budget)


def chat_template_of(folder: Path) -> dict[str, Any]:
    """Return the further arguments of the chat template that an audit's prompts were shown with; mostly none.

    Raises:
        EvalError: the audit's settings file was edited.
    """
    model: Mapping[str, Any] = stored_settings(folder).get("model", {})
    return dict(model.get("template") or model.get("extra", {}).get("chat_template_kwargs") or {})


@dataclass(frozen=True, slots=True)
class Written:
    """One stored sample: the prompt as the model saw it, and the text."""

    problem_id: str
    prompt: Prompt
    text: str


def written_samples(folder: Path, problems: int, samples: int) -> list[Written]:
    """Return the first `samples` samples of an audit's first `problems` problems.

    Raises:
        RecordError: the audit has no records.
        EvalError: it was edited.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if (folder / "audit.json").is_file():  # else records alone, as a replay with other rewards leaves them
        load_audit(folder, 0)
    columns = ("prompt_id", "sample_index", "prompt", "prompt_chat", "completion", "chat")
    table = audit_rows(folder, columns)
    table = table.filter(pc.less(table["sample_index"], samples))
    first = pc.unique(table["prompt_id"]).to_pylist()[:problems]
    table = table.filter(pc.is_in(table["prompt_id"], pa.array(first, pa.string())))
    return [
        Written(
            row["prompt_id"],
            json.loads(row["prompt"]) if row["prompt_chat"] else row["prompt"],
            final_text(json.loads(row["completion"])) if row["chat"] else row["completion"],
        )
        for row in table.to_pylist()
    ]
