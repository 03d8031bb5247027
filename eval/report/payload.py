"""The data behind the table of problems, as JSON that is inert inside an HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.compare import CHANGES, Comparison
from eval.counts import Count
from eval.guess import stated_answer
from eval.report.model import Report
from eval.views import AuditView, SampleView

HEAD, TAIL = 4000, 2000  # characters kept of a long text
BUDGET = 12_000_000  # bytes of this data in one page; beyond it fewer and shorter texts are kept
LEVELS = ((8, 1.0), (4, 1.0), (4, 0.25), (2, 0.25), (2, 0.1), (1, 0.1), (1, 0.04), (0, 0.02))
"""Samples per problem and share of `HEAD` and `TAIL`, from the most that is tried to the least."""
SOLVED = ("always", "sometimes", "never")
PROBED, HOPELESS = 200, 1.2
"""Problems whose bytes tell that a level is not worth building whole, and by how much they must be over the budget."""
Row = tuple[str, str, list[Count]]
"""A problem's id, its change and its counts."""
Explained = Mapping[tuple[int, str, int], Mapping[str, str]]


def build(report: Report, comparison: Comparison | None) -> tuple[str, str]:
    """Return the table's data as inert JSON, and a sentence on what was left out, or an empty one."""
    audits = report.audits
    given = max((len(s) for a in audits for s in a.samples.values()), default=0)
    levels = [(given, 1.0), *(x for x in LEVELS if x[0] < given or x[1] < 1)]
    flagged = [set(view.control.flagged) for view in report.guesses]
    rows = _rows(report.audits[0], comparison) if report.audits else []
    for most, size in levels:
        if (most, size) != levels[-1] and _hopeless(report, rows, most, size, flagged):
            continue
        page = inert(_data(report, comparison, rows, most, size, flagged))
        if len(page.encode("utf-8", "replace")) <= BUDGET:
            break
    return page, _elision(most, size, given)


def _hopeless(
    report: Report, rows: Sequence[Row], most: int, size: float, flagged: Sequence[set[str]]
) -> bool:
    """Whether some of many problems are so heavy that building them all is a waste of time."""
    few = rows[:: max(1, len(rows) // PROBED)]
    if len(few) == len(rows):
        return False
    weight = len(
        inert([_problem(report, row, most, size, flagged) for row in few]).encode("utf-8", "replace")
    )
    return weight * len(rows) > HOPELESS * BUDGET * len(few)


def _elision(most: int, size: float, given: int) -> str:
    parts = []
    if most < given:
        parts.append(f"it holds {most} of up to {given} samples per problem")
    if size < 1:
        parts.append(f"texts are cut to {round((HEAD + TAIL) * size)} characters")
    return f"To keep this page small {' and '.join(parts)}." if parts else ""


def _data(
    report: Report,
    comparison: Comparison | None,
    rows: Sequence[Row],
    most: int,
    size: float,
    flagged: Sequence[set[str]],
) -> dict[str, Any]:
    problems = [_problem(report, row, most, size, flagged) for row in rows]
    changes = SOLVED if comparison is None else CHANGES
    return {"sides": [a.name for a in report.audits], "changes": changes, "problems": problems}


def inert(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in, whatever the texts hold."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


def shorten(text: str, size: float = 1.0) -> str:
    """Return `text`, its middle left out and counted if it is longer than `size` of what is kept of a text."""
    head, tail = round(HEAD * size), round(TAIL * size)
    left_out = len(text) - head - tail
    if left_out <= 0:
        return text
    return f"{text[:head]}\n[... {left_out} characters left out ...]\n{text[-tail:]}"


def _rows(first: AuditView, comparison: Comparison | None) -> list[Row]:
    if comparison is not None:
        return [(p.problem_id, p.change, [p.base, p.tuned]) for p in comparison.pairs]
    return [(x.problem_id, solved(x), [x]) for x in first.counts]


def solved(count: Count) -> str:
    """Return `always`, `sometimes` or `never`."""
    return "always" if count.c == count.n else "sometimes" if count.c else "never"


def _problem(
    report: Report,
    row: Row,
    most: int,
    size: float,
    flagged: Sequence[set[str]],
) -> dict[str, Any]:
    name, change, counts = row
    audits = report.audits
    chance = [i for i, ids in enumerate(flagged) if name in ids]
    return {
        "id": name,
        "change": change,
        "counts": [[x.n, x.c] for x in counts],
        "prompt": shorten(_first(a.prompts.get(name, "") for a in audits), size),
        "reference": shorten(_first(a.references.get(name, "") for a in audits), size),
        "samples": [
            [
                _sample(s, size, report.explained.get((side, name, s.index)))
                for s in _spread(a.samples.get(name, ()), most)
            ]
            for side, a in enumerate(audits)
        ],
        **({"chance": chance} if chance else {}),
    }


def _first(texts: Any) -> str:
    return next((str(text) for text in texts if text), "")


def _sample(sample: SampleView, size: float, explained: Mapping[str, str] | None) -> dict[str, Any]:
    """Return a sample's data; what is usual is left out."""
    value = sample.value
    finite = value is not None and value == value and abs(value) != float("inf")
    found: dict[str, Any] = {
        "text": shorten(sample.text, size),
        "value": value if finite else None,
        "correct": sample.correct,
        "index": sample.index,
        "status": "" if sample.status == "scored" else sample.status,
        "reason": shorten(sample.reason, size),
        "answer": shorten(stated_answer(sample.text) or "", size),
        "tag": sample.tag,
        "truncated": bool(sample.truncated),
        "explained": {k: shorten(v, size) for k, v in (explained or {}).items()},
    }
    return {k: v for k, v in found.items() if v or k in ("text", "value", "correct", "index")}


def _spread(samples: Sequence[SampleView], most: int) -> list[SampleView]:
    """Return at most `most` samples, a correct and another one in turn."""
    right = [s for s in samples if s.correct]
    other = [s for s in samples if not s.correct]
    share = max((most + 1) // 2, most - len(other))
    kept = {id(s) for s in [*right[:share], *other[: most - min(share, len(right))]]}
    return [s for s in samples if id(s) in kept]
