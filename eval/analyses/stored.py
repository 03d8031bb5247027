"""The samples that an audit's counts rest on: judged ones, of each problem's first n."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.counts import Count
from eval.extent import audit_rows
from eval.intact import refuse_other_counts
from rewards.text import final_text

COLUMNS = ("prompt_id", "sample_index", "completion", "chat", "completion_tokens", "correct", "scores")


@dataclass(frozen=True, slots=True)
class Stored:
    """One judged sample: its text (the last turn of a conversation), length in tokens and stored scores by label."""

    problem_id: str
    index: int
    text: str
    correct: bool
    tokens: int | None
    scores: dict[str, float | None]


def judged_samples(folder: Path, counts: Sequence[Count]) -> list[Stored]:
    """Return the samples behind `counts`.

    Raises:
        EvalError: they do not add up to the counts.
        RecordError: the audit keeps no samples.
    """
    wanted = {x.problem_id: x for x in counts}
    rows = audit_rows(folder, COLUMNS).to_pylist()
    found = [
        Stored(
            row["prompt_id"],
            row["sample_index"],
            final_text(json.loads(row["completion"])) if row["chat"] else row["completion"],
            row["correct"],
            row["completion_tokens"],
            {s["reward"]: s["value"] for s in row["scores"] or []},
        )
        for row in rows
        if row["correct"] is not None and row["prompt_id"] in wanted
    ]
    n = Counter(x.problem_id for x in found)
    c = Counter(x.problem_id for x in found if x.correct)
    refuse_other_counts(folder, counts, {p: (judged, c[p]) for p, judged in n.items()})
    return found
