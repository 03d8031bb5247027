"""From stored samples to the content of audit.json: counts, rates, and what a reader must be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.counts import Count
from eval.errors import EvalError
from eval.sampling import Prompt, prompt_hash
from eval.store import SampleStore
from eval.summary import summarise
from rewards import Suite

AUDIT, GREEDY = "audit", "greedy"
"""The splits of an audit's records."""

MASKED = ("error", "bad_reference", "not_applicable")


@dataclass(frozen=True)
class Problem:
    """One task: its id, the prompt, and the row's columns, which rewards read."""

    id: str
    prompt: Prompt
    columns: Mapping[str, Any] = field(default_factory=dict)

    def mark(self) -> str:
        """Return a fingerprint of prompt and columns."""
        text = json.dumps(dict(self.columns), sort_keys=True, default=str)
        return hashlib.sha256((prompt_hash(self.prompt) + text).encode("utf-8", "replace")).hexdigest()[:32]


def tally(
    store: SampleStore,
    problems: Sequence[Problem],
    suite: Suite,
    n: int,
    ks: Sequence[int] | None = None,
    *,
    formats: Sequence[str] = (),
    greedy: bool = True,
) -> dict[str, Any]:
    """Sum up the first `n` samples of each problem.

    Raises:
        EvalError: every sample is masked; the message gives the first reason.
    """
    rows = _rows(store, {p.id for p in problems}, n)
    judged = {p.id: [r.correct for r in rows[AUDIT][p.id] if r.correct is not None] for p in problems}
    counts = [Count(p, len(found), sum(found)) for p, found in judged.items() if found]
    if not counts:
        raise EvalError(f"every sample was masked, so nothing can be said. {_first_reason(store)}")
    dropped, usable = _usable(counts, ks)
    masked = [p for p, found in judged.items() if not found]
    firsts = [r.correct for p in problems for r in rows[GREEDY][p.id] if r.correct is not None]
    everything = [r for p in problems for r in rows[AUDIT][p.id]]
    return {
        "problems": len(problems),
        "greedy_accuracy": sum(firsts) / len(firsts) if greedy and firsts else None,
        "rates": _rates(everything, rows[AUDIT]),
        "formats": {name: sum(r.tag == name for r in everything) / len(everything) for name in formats},
        "notes": [*dropped, *_left_out(masked), *_identical(rows[AUDIT], n)],
        "masked_problems": masked,
        "summary": summarise(counts, usable).to_json(),
        "prompts": {p.id: _plain(p.prompt) for p in problems},
        "references": {p.id: _reference(p, suite) for p in problems},
    }


@dataclass(frozen=True, slots=True)
class _Row:
    correct: bool | None
    status: str
    truncated: bool
    text: str
    tag: str


def _rows(store: SampleStore, problems: set[str], n: int) -> dict[str, dict[str, list[_Row]]]:
    """Return split -> problem -> its first n samples."""
    names = ("split", "prompt_id", "sample_index", "correct", "status", "truncated", "completion", "tag")
    found: dict[str, dict[str, list[_Row]]] = {s: {p: [] for p in problems} for s in (AUDIT, GREEDY)}
    for split, problem, index, *rest in zip(*store.columns(*names), strict=True):
        if problem in problems and index < n and split in found:
            found[split][problem].append(_Row(*rest))
    return found


def _rates(rows: Sequence[_Row], by_problem: Mapping[str, Sequence[_Row]]) -> dict[str, float]:
    copies = sum(len(found) - len({r.text for r in found}) for found in by_problem.values())
    return {
        "truncated": sum(r.truncated for r in rows) / len(rows),
        "unparsed": sum(r.status == "unparsed" for r in rows) / len(rows),
        "error": sum(r.status in MASKED for r in rows) / len(rows),
        "duplicate": copies / len(rows),
    }


def _usable(counts: Sequence[Count], ks: Sequence[int] | None) -> tuple[list[str], Sequence[int] | None]:
    """Drop a k that some problem has too few judged samples for, and say so."""
    fewest = min(c.n for c in counts)
    dropped = sorted(k for k in ks or () if k > fewest)
    if not dropped:
        return [], ks
    note = f"k = {', '.join(map(str, dropped))} left out: a problem has only {fewest} judged samples."
    return [note], [k for k in ks or () if k <= fewest] or None


def _left_out(masked: Sequence[str]) -> list[str]:
    if not masked:
        return []
    return [f"{len(masked)} problem(s) without a judged sample are left out, the first `{masked[0]}`."]


def _identical(by_problem: Mapping[str, Sequence[_Row]], n: int) -> list[str]:
    if n < 2 or any(len({r.text for r in found}) > 1 for found in by_problem.values()):
        return []
    return [
        f"ALARM: the {n} samples of every problem are identical. Either the model is certain everywhere, or "
        "sampling is broken; pass@k then says no more than pass@1."
    ]


def _first_reason(store: SampleStore) -> str:
    for record in store.records(AUDIT):
        for label, score in record.verdict.scores.items():
            if score.status.value in MASKED:
                return f"Reward `{label}`, problem `{record.rollout.prompt_id}`: {score.reason}"
    return "No reward gave a reason."


def _reference(problem: Problem, suite: Suite) -> str:
    """Return the columns that the rewards read, as text for a report."""
    wanted = dict.fromkeys(c for t in suite.terms if t.weight for c in t.reward.spec.columns)
    found = {c: problem.columns[c] for c in wanted if c in problem.columns}
    if len(found) == 1:
        return str(next(iter(found.values())))
    return json.dumps(found, ensure_ascii=False, default=str) if found else ""


def _plain(prompt: Prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    return "\n".join(f"{turn.get('role', '')}: {turn.get('content', '')}" for turn in prompt)
