"""From stored samples to the content of audit.json: counts, rates, and what a reader must be told."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from eval.counts import Count, cluster_name
from eval.errors import EvalError
from eval.sampling import Prompt, prompt_hash
from eval.store import SampleStore
from eval.summary import limit_note, summarise
from rewards import Suite
from rewards.text import final_text

if TYPE_CHECKING:
    import pyarrow as pa

AUDIT, GREEDY = "audit", "greedy"
"""The splits of an audit's records."""

MASKED = ("error", "bad_reference", "not_applicable")
COLUMNS = ("prompt_id", "sample_index", "correct", "status", "truncated", "completion", "chat")


@dataclass(frozen=True)
class Problem:
    """One task: its id, the prompt, and the row's columns, which rewards read."""

    id: str
    prompt: Prompt
    columns: Mapping[str, Any] = field(default_factory=dict)

    def mark(self, known: str = "") -> str:
        """Return a fingerprint of prompt and columns, the same wherever the copy of a benchmark's databases lies.

        `known` is the mark of an earlier audit; it is returned if it is this problem's by the path of the database,
        as marks were made before.
        """
        by_path = self._mark(self.columns)
        return by_path if known == by_path else self._mark(_anywhere(self.columns))

    def _mark(self, columns: Mapping[str, Any]) -> str:
        text = json.dumps(dict(columns), sort_keys=True, default=str)
        return hashlib.sha256((prompt_hash(self.prompt) + text).encode("utf-8", "replace")).hexdigest()[:32]


def _anywhere(columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the columns with a path .../ID/ID.sqlite in `db`, where `db_id` is ID, without what stands before."""
    place, name = columns.get("db"), columns.get("db_id")
    if not (isinstance(place, str) and isinstance(name, str)):
        return columns
    inside = (name, f"{name}.sqlite")
    return {**columns, "db": "/".join(inside)} if PurePath(place).parts[-2:] == inside else columns


def tally(
    store: SampleStore,
    problems: Sequence[Problem],
    suite: Suite,
    n: int,
    ks: Sequence[int] | None = None,
    *,
    formats: Mapping[str, str] | None = None,
    greedy: bool = True,
) -> dict[str, Any]:
    """Sum up the first `n` samples of each problem.

    Formats are read from the stored texts, since a sample's stored tag is that of the formats when it was made.

    Raises:
        EvalError: every sample is masked; the message gives the first reason.
    """
    table = first_samples(store.table(AUDIT, COLUMNS), problems, n)
    judged = group(table)
    clusters = problem_clusters(problems)
    counts = [
        Count(p.id, g.judged, g.correct, clusters[p.id]) for p in problems if (g := judged[p.id]).judged
    ]
    masked = [p.id for p in problems if not judged[p.id].judged]
    if not counts:
        raise EvalError(f"every sample was masked, so nothing can be said. {_first_reason(store, masked)}")
    dropped, usable = _usable(counts, ks)
    return {
        "problems": len(problems),
        "greedy_accuracy": _greedy_accuracy(store, problems) if greedy else None,
        "rates": _rates(table, judged.values()),
        "formats": _format_shares(table, formats or {}),
        "notes": [*dropped, *left_out(masked), *identical_note(list(judged.values()))],
        "masked_problems": masked,
        "summary": summarise(counts, usable).to_json(),
        "prompts": {p.id: _plain(p.prompt) for p in problems},
        "references": {p.id: _reference(p, suite) for p in problems},
    }


def problem_clusters(problems: Sequence[Problem]) -> dict[str, str]:
    """Return problem id -> its cluster, from the rows' column `cluster`; empty text where no row has one.

    Raises:
        EvalError: only some rows have one, or it is neither text nor a whole number.
    """
    found = {}
    for problem in problems:
        try:
            found[problem.id] = cluster_name(problem.columns.get("cluster"))
        except EvalError as error:
            raise EvalError(
                f"problem `{problem.id}`: {error} An audit reads the column `cluster` as what problems share; rename "
                "it if it is something else."
            ) from error
    without = [name for name, cluster in found.items() if not cluster]
    if without and len(without) < len(found):
        raise EvalError(
            f"{len(without)} of {len(found)} problems have no `cluster`, the first `{without[0]}`. Give every row its "
            "cluster (its own id where it stands alone), or drop the column."
        )
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """The samples of one problem: how many there are, were judged, are correct, and are different texts."""

    samples: int = 0
    judged: int = 0
    correct: int = 0
    texts: int = 0


def first_samples(table: pa.Table, problems: Sequence[Problem], n: int) -> pa.Table:
    """Return the rows of the problems' first `n` samples."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pc.is_in(table["prompt_id"], pa.array([p.id for p in problems], pa.string()))
    return table.filter(pc.and_(known, pc.less(table["sample_index"], n)))


def group(table: pa.Table) -> dict[str, Group]:
    """Return problem id -> its counts; a problem without samples has none of any."""
    wanted = [
        ("sample_index", "count"),
        ("correct", "count"),
        ("correct", "sum"),
        ("completion", "count_distinct"),
    ]
    found = table.group_by("prompt_id", use_threads=False).aggregate(wanted).to_pylist()
    groups: dict[str, Group] = defaultdict(Group)
    for row in found:
        numbers = (row[f"{column}_{how}"] for column, how in wanted)
        groups[row["prompt_id"]] = Group(*(number or 0 for number in numbers))
    return groups


def _greedy_accuracy(store: SampleStore, problems: Sequence[Problem]) -> float | None:
    found = group(first_samples(store.table(GREEDY, COLUMNS), problems, 1)).values()
    judged = sum(g.judged for g in found)
    return sum(g.correct for g in found) / judged if judged else None


def _rates(table: pa.Table, groups: Iterable[Group]) -> dict[str, float]:
    return {
        "truncated": _share(table["truncated"], True),
        "unparsed": _share(table["status"], "unparsed"),
        "error": sum(_share(table["status"], status) for status in MASKED),
        "duplicate": duplicate_share(groups),
    }


def duplicate_share(groups: Iterable[Group]) -> float:
    """Return the share of samples, at least one, that say what another sample of their problem says."""
    found = list(groups)
    return sum(g.samples - g.texts for g in found) / sum(g.samples for g in found)


def _format_shares(table: pa.Table, formats: Mapping[str, str]) -> dict[str, float]:
    """Return the share of samples whose first format, in the order given, is this one."""
    patterns = {name: re.compile(pattern) for name, pattern in formats.items()}
    found: Counter[str] = Counter()
    for batch in table.select(["completion", "chat"]).to_batches(1024) if formats else ():
        for row in batch.to_pylist():
            text = final_text(json.loads(row["completion"])) if row["chat"] else row["completion"]
            found[first_format(patterns, text)] += 1
    return {name: found[name] / len(table) for name in formats}


def first_format(patterns: Mapping[str, re.Pattern[str]], text: str) -> str:
    """Return the name of the first format that is found in a text, or "" where none is."""
    return next((name for name, pattern in patterns.items() if pattern.search(text)), "")


def _share(column: pa.ChunkedArray, value: Any) -> float:
    import pyarrow.compute as pc

    return (pc.sum(pc.equal(column, value)).as_py() or 0) / len(column)


def _usable(counts: Sequence[Count], ks: Sequence[int] | None) -> tuple[list[str], Sequence[int] | None]:
    """Drop a k that some problem has too few judged samples for, and say so; also where that ends the default."""
    fewest = min(counts, key=lambda c: c.n)
    dropped = sorted(k for k in ks or () if k > fewest.n)
    if not dropped:
        return [] if ks else limit_note(counts), ks
    few = f"problem `{fewest.problem_id}` has only {fewest.n} judged sample(s)"
    note = f"k = {', '.join(map(str, dropped))} left out: {few}."
    return [note], [k for k in ks or () if k <= fewest.n] or None


def left_out(masked: Sequence[str]) -> list[str]:
    """Return a sentence on the problems without a judged sample, if there are any."""
    if not masked:
        return []
    return [f"{len(masked)} problem(s) without a judged sample are left out, the first `{masked[0]}`."]


def identical_note(groups: Sequence[Group], cause: str = "a server that ignores seeds") -> list[str]:
    """Return an alarm where at least half of the problems say one and the same thing each time."""
    several = [g for g in groups if g.samples > 1]
    same = sum(g.texts == 1 for g in several)
    if not several or 2 * same < len(several):
        return []
    return [
        f"ALARM: all samples of {same} of {len(several)} problems are identical. Either the model is certain there, "
        f"or sampling is broken ({cause}); pass@k then says no more than pass@1."
    ]


def _first_reason(store: SampleStore, problems: Sequence[str]) -> str:
    wanted = frozenset(problems)
    for record in (r for r in store.records(AUDIT) if r.rollout.prompt_id in wanted):
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
