"""The report as JSON and as Markdown: the same findings for programs, and for where no page can be opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from eval.adaptive import focused_difference, spread
from eval.analyses.coverage import coverage
from eval.analyses.histogram import BINS, bin_counts
from eval.compare import CHANGES, Comparison
from eval.report import cards, chance, per_k, surely
from eval.report.model import Report
from eval.report.page import notes, version
from eval.report.warned import warned
from eval.summary import Summary
from eval.views import AuditView


def report_verdicts(report: Report) -> list[str]:
    """Return the report's findings, one sentence each; warnings come first."""
    found = report.compared()
    summaries = [a.summary for a in report.audits]
    return [*warned(report, found), *cards.verdicts(found, summaries), *chance.verdict(report, found)]


def report_warnings(report: Report) -> list[str]:
    """Return what must be told before any finding: mixed settings, problems left out, alarms."""
    return warned(report, report.compared())


def report_json(report: Report) -> dict[str, Any]:
    """Return everything the page shows but texts and charts, as plain data."""
    found = report.compared()
    summaries = [a.summary for a in report.audits] if found is None else [found.base, found.tuned]
    each, gains = surely.found(summaries) if summaries else ([], [])
    adaptive = focused_difference(report.audits)
    return {
        "title": report.title,
        "version": version(),
        "warnings": report_warnings(report),
        "verdicts": report_verdicts(report),
        "comparison": None if found is None else found.to_json(),
        "coverage": None
        if found is None
        else coverage(
            {a.name: s.counts for a, s in zip(report.audits, (found.base, found.tuned), strict=True)}
        ).to_json(),
        "audits": [_audit(report, i) for i in range(len(report.audits))],
        "consistency": {
            "audits": [[asdict(x) for x in of] for of in each],
            "differences": [asdict(x) for x in gains],
        },
        "adaptive_difference": None if adaptive is None else adaptive.to_json(),
        "runs": [
            {"name": run.name, "facts": dict(run.facts), "findings": [list(x) for x in run.findings]}
            for run in report.runs
        ],
        "curves": [
            _curve(curve)
            for curve in (*report.analyses, *report.curves, *(c for run in report.runs for c in run.curves))
        ],
        "notes": notes(report, [a.summary for a in report.audits], found),
        "provenance": dict(report.provenance),
    }


def _audit(report: Report, number: int) -> dict[str, Any]:
    audit = report.audits[number]
    heights = bin_counts(audit.counts)
    return {
        "name": audit.name,
        "model": audit.model,
        "seed": audit.seed,
        "sampling": dict(audit.sampling),
        "summary": audit.summary.to_json(),
        "greedy_accuracy": audit.greedy_accuracy,
        "rates": dict(audit.rates),
        "formats": dict(audit.formats),
        "histogram": dict(zip(BINS, heights, strict=True)),
        "adaptive": None if audit.focus is None else dict(audit.focus),
        "guess_control": _guesses(report, number),
    }


def _guesses(report: Report, number: int) -> dict[str, Any] | None:
    if not report.guesses:
        return None
    view = report.guesses[number]
    band = [{"k": b.k, "low": b.low, "high": b.high} for b in view.band]
    return {
        **view.control.to_json(),
        "baseline": view.baseline or None,
        "caveats": list(view.caveats),
        "verifier_band": band,
    }


def _curve(curve: Any) -> dict[str, Any]:
    lines = {name: {"x": list(xs), "y": list(ys)} for name, (xs, ys) in curve.series.items()}
    return {"title": curve.title, "x": curve.x_label, "y": curve.y_label, "series": lines}


def render_markdown(report: Report) -> str:
    """Return the report as Markdown: verdicts, tables, lists of problems, settings and notes."""
    found = report.compared()
    summaries = [a.summary for a in report.audits] if found is None else [found.base, found.tuned]
    parts = [f"# {_inline(report.title)}"]
    parts += [f"- {_inline(x)}" for x in report_verdicts(report)]
    if summaries:
        parts += ["", "## pass@k", *_per_k(report.audits, summaries, found), "", "## Accuracy per problem"]
        heights = [bin_counts(s.counts) for s in summaries]
        rows = [[name, *(h[i] for h in heights)] for i, name in enumerate(BINS)]
        parts.append(_table(["correct samples, %", *(a.name for a in report.audits)], rows))
        table = surely.table(report.audits, summaries)
        parts += ["", "## How surely", _table(table["headings"], table["rows"])]
    if found is not None:
        parts += ["", "## Problems solved at least once"]
        parts += [_listed(change, found.problems_with(change)) for change in CHANGES]
        parts += [f"- {_inline(x)}" for x in cards.support(found)]
    for audit, view in zip(report.audits, report.guesses, strict=False):
        parts += [
            "",
            f"## Guess control: {_inline(audit.name)}",
            *(f"- {_inline(x)}" for x in chance.sentences(view)),
        ]
        parts += [_listed("within chance", view.control.flagged)] if view.control.flagged else []
        parts += ["", _table(*chance.table(view))]
    parts += _runs(report)
    if report.audits:
        parts += ["", "## How the samples were drawn", *_settings(report.audits)]
    parts += ["", "## How to read this", *(f"- {_inline(x)}" for x in notes(report, summaries, found))]
    parts += [f"- {_inline(k)}: {_inline(v)}" for k, v in report.provenance.items()]
    return "\n".join(parts) + "\n"


def _per_k(audits: Sequence[AuditView], summaries: Sequence[Summary], found: Comparison | None) -> list[str]:
    lines = [_inline(per_k.meaning(summaries, found))]
    for table in per_k.tables(audits, summaries, found):
        lines += ["", f"### {_inline(table['title'])}", "", _table(table["headings"], table["rows"])]
    return lines


def _runs(report: Report) -> list[str]:
    if not report.runs:
        return []
    names = list(dict.fromkeys(name for run in report.runs for name in run.facts))
    rows = [[name, *(run.facts.get(name, "") for run in report.runs)] for name in names]
    found = ["", "## Training runs", _table(["", *(run.name for run in report.runs)], rows)]
    for run in report.runs:
        found += [f"- {_inline(run.name)}, {_inline(where)}: {_inline(said)}" for where, said in run.findings]
    return found


def _settings(audits: Sequence[AuditView]) -> list[str]:
    keys = dict.fromkeys(key for a in audits for key in a.sampling if key != "seed")
    rates = dict.fromkeys(key for a in audits for key in a.rates)
    rows: list[list[Any]] = [["model", *(a.model for a in audits)], ["seed", *(a.seed for a in audits)]]
    rows += [[key, *(a.sampling.get(key, "") for a in audits)] for key in keys]
    if any(a.focus for a in audits):
        rows.append(["adaptive, further samples", *(spread(a) or "none" for a in audits)])
    rows += [[f"{key} (share)", *(a.rates.get(key, "") for a in audits)] for key in rates]
    return [_table(["", *(a.name for a in audits)], rows)]


def _listed(name: str, ids: Sequence[str], most: int = 100) -> str:
    shown = ", ".join(_inline(x) for x in ids[:most]) or "none"
    more = f", and {len(ids) - most} more" if len(ids) > most else ""
    return f"- **{name}** ({len(ids)}): {shown}{more}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [
        [_inline(x) for x in headings],
        ["---"] * len(headings),
        *([_inline(x) for x in row] for row in rows),
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _inline(value: Any) -> str:
    """Return text that is no markup: what a model or a data set wrote must not format the page."""
    text = " ".join(str(value).split())
    for character in "\\`*_{}[]<>|#":
        text = text.replace(character, f"\\{character}")
    return text
