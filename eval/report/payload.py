"""The data behind the table of problems, as JSON that is inert inside an HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from eval.compare import CHANGES, Comparison
from eval.counts import Count
from eval.views import AuditView, SampleView

HEAD, TAIL = 4000, 2000  # characters kept of a long text
BUDGET = 8_000_000  # characters of sample text in one page: beyond it fewer samples per problem are kept
SOLVED = ("always", "sometimes", "never")


def build(audits: Sequence[AuditView], comparison: Comparison | None) -> tuple[dict[str, Any], str]:
    """Return the table's data and a sentence on what was left out to keep the page small, or an empty one."""
    rows = _rows(audits[0], comparison)
    most, elision = _samples_per_problem(audits, [row[0] for row in rows])
    problems = [_problem(audits, row, most) for row in rows]
    changes = SOLVED if comparison is None else CHANGES
    return {"sides": [a.name for a in audits], "changes": changes, "problems": problems}, elision


def inert(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in, whatever the texts hold."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


def shorten(text: str) -> str:
    """Return `text`, its middle left out and counted if it is long."""
    left_out = len(text) - HEAD - TAIL
    if left_out <= 0:
        return text
    return f"{text[:HEAD]}\n[... {left_out} characters left out ...]\n{text[-TAIL:]}"


def _rows(first: AuditView, comparison: Comparison | None) -> list[tuple[str, str, list[Count]]]:
    if comparison is not None:
        return [(p.problem_id, p.change, [p.base, p.tuned]) for p in comparison.pairs]
    return [(x.problem_id, solved(x), [x]) for x in first.counts]


def solved(count: Count) -> str:
    """Return `always`, `sometimes` or `never`."""
    return "always" if count.c == count.n else "sometimes" if count.c else "never"


def _problem(audits: Sequence[AuditView], row: tuple[str, str, list[Count]], most: int) -> dict[str, Any]:
    name, change, counts = row
    return {
        "id": name,
        "change": change,
        "counts": [[x.n, x.c] for x in counts],
        "prompt": shorten(_first(a.prompts.get(name, "") for a in audits)),
        "reference": shorten(_first(a.references.get(name, "") for a in audits)),
        "samples": [[_sample(s) for s in _spread(a.samples.get(name, ()), most)] for a in audits],
    }


def _first(texts: Any) -> str:
    return next((str(text) for text in texts if text), "")


def _sample(sample: SampleView) -> dict[str, Any]:
    value = sample.value
    finite = value is not None and value == value and abs(value) != float("inf")
    return {**asdict(sample), "text": shorten(sample.text), "value": value if finite else None}


def _spread(samples: Sequence[SampleView], most: int) -> list[SampleView]:
    """Return at most `most` samples, a correct and another one in turn."""
    right = [s for s in samples if s.correct]
    other = [s for s in samples if not s.correct]
    share = max((most + 1) // 2, most - len(other))
    kept = {id(s) for s in [*right[:share], *other[: most - min(share, len(right))]]}
    return [s for s in samples if id(s) in kept]


def _samples_per_problem(audits: Sequence[AuditView], names: Sequence[str]) -> tuple[int, str]:
    given = max((len(a.samples.get(name, ())) for a in audits for name in names), default=0)
    for most in sorted({given, *(x for x in (8, 4, 2, 1, 0) if x < given)}, reverse=True):
        size = sum(
            min(len(s.text), HEAD + TAIL)
            for a in audits
            for name in names
            for s in _spread(a.samples.get(name, ()), most)
        )
        if size <= BUDGET:
            break
    if most == given:
        return most, ""
    return most, f"To keep this page small it holds {most} of up to {given} samples per problem."
