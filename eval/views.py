"""An audit as it lies on disk, read for people: its counts, rates, settings and a few samples per problem."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.counts import Count
from eval.errors import EvalError
from eval.extent import Extent
from eval.intact import check_mark, check_records, check_settings
from eval.summary import Summary, summarise
from eval.tables import print_comparison, print_summary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AuditView", "SampleView", "load_audit", "print_comparison", "print_summary"]

SAMPLES_SHOWN = 4
_COLUMNS = [
    *("prompt_id", "sample_index", "completion", "chat", "total", "correct"),
    *("status", "truncated", "scores", "tag"),
]


@dataclass(frozen=True, slots=True)
class SampleView:
    """One sample: what the model wrote and what the verifier said. `correct` is None where it was masked."""

    text: str
    value: float | None = None
    status: str = "scored"
    correct: bool | None = None
    truncated: bool | None = None
    reason: str = ""
    index: int = 0
    tag: str = ""


@dataclass(frozen=True)
class AuditView:
    """One audit, ready to be shown.

    Attributes:
        name: what people call the model, for example "base".
        summary: pass@k with intervals, and the counts per problem.
        rates: share of samples in [0, 1] by what befell them: `truncated`, `unparsed`, `error`, ...
        sampling: the settings the samples were drawn with.
        greedy_accuracy: share of problems solved without sampling, or None if that was not measured.
        samples: problem id -> a few samples, correct and wrong ones.
        prompts, references: problem id -> text.
        formats: share of samples in [0, 1] by format.
        notes: what a reader must be told, sentences.
        model, seed: where the samples came from.
        n: samples per problem that the summary rests on, masked ones included; None where it is not known.
        focus: of an adaptive audit, its focused figure (see `eval.focus` and `eval.adaptive`).
    """

    name: str
    summary: Summary
    rates: Mapping[str, float] = field(default_factory=dict)
    sampling: Mapping[str, Any] = field(default_factory=dict)
    greedy_accuracy: float | None = None
    samples: Mapping[str, Sequence[SampleView]] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    model: str = ""
    seed: int | None = None
    n: int | None = None
    focus: Mapping[str, Any] | None = None

    @property
    def counts(self) -> tuple[Count, ...]:
        """The counts, one per problem."""
        return self.summary.counts


def load_audit(folder: Path | str, samples: int = SAMPLES_SHOWN, name: str | None = None) -> AuditView:
    """Read an audit that `reasoners audit` wrote: `audit.json` and, if they are there, its records.

    Args:
        folder: the audit's folder.
        samples: how many samples per problem to read; correct and other ones alternate, so that both are
            seen.
        name: replaces the audit's own name.

    Raises:
        EvalError: the folder holds no audit, or one that is not whole, or that was edited (see `eval.intact`).
        RecordError: a record file is not whole.
    """
    folder = Path(folder)
    data = _read_json(folder)
    check_mark(folder / "audit.json", data)
    check_settings(folder)
    try:
        summary = data["summary"]
        counts = [Count.from_row(row) for row in summary["per_problem"]]
        found = summarise(counts, [row["k"] for row in summary["k"]], summary["confidence"])
        check_records(folder, counts, data["n"])
        return AuditView(
            name=name or data["name"],
            summary=found,
            rates=data.get("rates") or {},
            sampling=data.get("sampling") or {},
            greedy_accuracy=data.get("greedy_accuracy"),
            samples=_read_samples(folder, samples, Extent.of(data)),
            prompts=data.get("prompts") or {},
            references=data.get("references") or {},
            formats=data.get("formats") or {},
            notes=data.get("notes") or (),
            model=data.get("model") or "",
            seed=data.get("seed"),
            n=data["n"],
            focus=data.get("focus"),
        )
    except KeyError as error:
        raise EvalError(f"{folder / 'audit.json'} lacks {error}; run the audit again.") from error
    except (TypeError, AttributeError) as error:
        raise EvalError(f"{folder / 'audit.json'} is not an audit ({error}); run the audit again.") from error


def alarms(audits: Sequence[AuditView]) -> list[str]:
    """Return the alarms that audits give of themselves, each with its audit's name."""
    return [f"{a.name}: {note}" for a in audits for note in a.notes if note.startswith("ALARM")]


def _read_json(folder: Path) -> dict[str, Any]:
    path = folder / "audit.json"
    if folder.is_file():
        raise EvalError(
            f"{folder} is a file, not the folder of an audit. To read counts from files, add --counts."
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvalError(
            f"{folder} holds no audit.json; give a folder that `reasoners audit` wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise EvalError(f"cannot read {path}: {error}.") from error
    if not isinstance(data, dict):
        raise EvalError(f"{path} is not an audit: expected an object, got {type(data).__name__}.")
    return data


def _read_samples(folder: Path, most: int, extent: Extent) -> dict[str, list[SampleView]]:
    if most < 1 or not (folder / "records").is_dir():
        return {}
    from rewards.records import read_records

    table = extent.rows(read_records(folder, "audit", _COLUMNS))
    chosen = _choose(table, most)
    views: dict[str, list[SampleView]] = defaultdict(list)
    for row in table.take(chosen).to_pylist():
        views[row["prompt_id"]].append(_sample(row))
    return dict(views)


def _choose(table: pa.Table, most: int) -> list[int]:
    """Return row numbers: per problem and in order of sample index, correct and other samples in turn."""
    import numpy as np
    import pyarrow.compute as pc

    problem = pc.dictionary_encode(table["prompt_id"].combine_chunks()).indices.to_numpy()
    index = table["sample_index"].to_numpy()
    wrong = ~table["correct"].fill_null(False).to_numpy().astype(bool)
    order = np.lexsort((index, wrong, problem))
    side = 2 * problem[order] + wrong[order]  # the right samples of a problem, then its other ones
    rank = np.arange(len(side)) - np.searchsorted(side, side)
    near = order[rank < most]
    chosen: list[int] = []
    for at in np.split(near, np.flatnonzero(np.diff(problem[near])) + 1):
        right, other = at[~wrong[at]], at[wrong[at]]
        share = max(most // 2, most - len(other))
        mixed = np.concatenate([right[:share], other[: most - min(share, len(right))]])
        chosen.extend(mixed[np.argsort(index[mixed], kind="stable")].tolist())
    return chosen


def _sample(row: Mapping[str, Any]) -> SampleView:
    reasons = [s["reason"] for s in row["scores"] or [] if s["reason"]]
    return SampleView(
        text=chat_text(row["completion"]) if row["chat"] else row["completion"],
        value=row["total"],
        status=row["status"],
        correct=row["correct"],
        truncated=row["truncated"],
        reason="; ".join(dict.fromkeys(reasons)),
        index=row["sample_index"],
        tag=row["tag"] or "",
    )


def chat_text(chat: str) -> str:
    """Return the turns of a recorded conversation as text."""
    from rewards.text import content_text

    turns = []
    for message in json.loads(chat):
        calls = [json.dumps(call, ensure_ascii=False) for call in message.get("tool_calls") or []]
        turns.append(
            "\n".join([f"[{message.get('role', '')}]", content_text(message.get("content")), *calls])
        )
    return "\n\n".join(turns)
