"""The page: its data put into words and figures, and the template filled."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.adaptive import adaptive_caveats, spread
from eval.compare import CHANGES, Comparison
from eval.errors import EvalError
from eval.report import cards, chance, charts, per_k, surely, training
from eval.report.model import Report
from eval.report.payload import SOLVED, build, solved
from eval.report.warned import audit_notes, warned
from eval.summary import Summary
from eval.views import AuditView
from eval.words import DASH, percent

HERE = Path(__file__).parent
MEANINGS = {
    "kept": "both models solve it",
    "new": "only the tuned model solves it",
    "lost": "only the base solves it",
    "never": "no correct sample",
    "always": "every sample is correct",
    "sometimes": "some samples are correct",
}


def write_report(path: Path | str, report: Report) -> Path:
    """Write the report as one HTML file and return its path. The same report gives the same bytes.

    Raises:
        EvalError: the file cannot be written.
    """
    path = Path(path)
    page = render(report).encode("utf-8", "replace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page)
    except OSError as error:
        raise EvalError(f"cannot write the report to {path}: {error.strerror or error}.") from error
    return path


def render(report: Report) -> str:
    """Return the report's HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html.j2").render(_context(report))


def _context(report: Report) -> dict[str, Any]:
    found = report.compared()
    summaries = [a.summary for a in report.audits] if found is None else [found.base, found.tuned]
    data, elision = build(report, found)
    script = (HERE / "script.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "title": report.title,
        "subtitle": _subtitle(summaries) if summaries else "",
        "sides": _sides(report.audits),
        "verdicts": [
            *warned(report, found),
            *cards.verdicts(found, summaries),
            *chance.verdict(report, found),
        ],
        **(_of_audits(report, summaries, found) if summaries else {}),
        "analyses": [
            training.curve_context(curve, f"analysis{i}") for i, curve in enumerate(report.analyses)
        ],
        "guesses": chance.section(report, found),
        "curves": [training.curve_context(curve, f"curve{i}") for i, curve in enumerate(report.curves)],
        "runs": training.section(report.runs),
        "settings": _settings(report.audits),
        "notes": notes(report, summaries, found),
        "elision": elision,
        "provenance": list(report.provenance.items()),
        "version": version(),
        "style": (HERE / "style.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": digest,
        "data": data,
    }


def _of_audits(report: Report, summaries: Sequence[Summary], found: Comparison | None) -> dict[str, Any]:
    parts = _parts(summaries[0], found)
    return {
        "cards": cards.cards(report.audits, summaries, found),
        "charts": _charts(report.audits, summaries, found),
        "support": _support(parts, summaries, found),
        "figures": per_k.tables(report.audits, summaries, found),
        "limits": per_k.meaning(summaries, found),
        "surely": surely.table(report.audits, summaries),
        "chips": parts,
    }


def notes(report: Report, summaries: Sequence[Summary], found: Comparison | None) -> list[str]:
    """Return what a reader must be told: warnings, what was given, what the audits say, and the method."""
    how = cards.method(summaries, found) if summaries else []
    return [
        *warned(report, found),
        *report.notes,
        *audit_notes(report),
        *adaptive_caveats(report.audits),
        *how,
    ]


def version() -> str:
    """Return the version of the toolkit, or nothing if it is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("reasoners")
    except PackageNotFoundError:
        return ""


def _subtitle(summaries: Sequence[Summary]) -> str:
    ranges = [s.n_range for s in summaries]
    low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    samples = str(low) if low == high else f"{low} to {high}"
    problems = summaries[0].problems
    plural = "s" if problems > 1 else ""
    source = " from each model" if len(summaries) > 1 else ""
    return f"{problems} problem{plural}, {samples} samples of each{source}"


def _sides(audits: Sequence[AuditView]) -> list[dict[str, Any]]:
    first = 0 if len(audits) > 1 else 1
    return [{"name": a.name, "model": a.model, "colour": first + i} for i, a in enumerate(audits)]


def _charts(
    audits: Sequence[AuditView], summaries: Sequence[Summary], found: Comparison | None
) -> list[dict[str, Any]]:
    legend = [{"name": a.name, "colour": i} for i, a in enumerate(audits)] if len(audits) > 1 else []
    shades = f"{100 * summaries[0].confidence:g} % interval and band (light)"
    colours = range(len(summaries)) if len(summaries) > 1 else [1]
    shown = [("pass", f"pass@k, {shades}", legend, charts.pass_curves(summaries, colours))]
    if found is not None:
        shown.append(("difference", f"Paired difference, {shades}", [], charts.difference_curve(found)))
    shown.append(("histogram", "Accuracy per problem", legend, charts.histogram(summaries, colours)))
    return [{"id": i, "title": title, "legend": names, "svg": svg} for i, title, names, svg in shown]


def _parts(summary: Summary, found: Comparison | None) -> list[dict[str, Any]]:
    if found is None:
        kinds = [solved(x) for x in summary.counts]
        numbers: Mapping[str, int] = {kind: kinds.count(kind) for kind in SOLVED}
    else:
        numbers = {change: len(found.problems_with(change)) for change in CHANGES}
    return [{"change": x, "count": number, "meaning": MEANINGS[x]} for x, number in numbers.items()]


def _support(
    parts: list[dict[str, Any]], summaries: Sequence[Summary], found: Comparison | None
) -> dict[str, Any]:
    fewest = min(s.n_range[0] for s in summaries)
    unseen = 1 - 0.05 ** (1 / fewest)
    below = (
        f"Never is a statement about {fewest} samples: a problem solved with chance {percent(unseen)} per "
        "sample still shows no correct one in 1 audit of 20."
    )
    title = "Problems solved at least once" if found else "Problems by how often they are solved"
    if found is None:
        return {"title": title, "parts": parts, "below": [below], "lists": []}
    lists = [{"change": x, **chance.ids_shown(found.problems_with(x))} for x in ("new", "lost")]
    return {"title": title, "parts": parts, "below": [*cards.support(found), below], "lists": lists}


def _settings(audits: Sequence[AuditView]) -> dict[str, Any]:
    rows = [_setting("model", [a.model or DASH for a in audits])]
    rows.append(_setting("seed", [DASH if a.seed is None else str(a.seed) for a in audits]))
    rows.append(_setting("samples", [f"{a.summary.samples:,}" for a in audits]))
    if any(a.focus for a in audits):
        rows.append(
            _setting("adaptive, further samples", [spread(a) or "none" for a in audits], compared=True)
        )
    for key in dict.fromkeys(key for a in audits for key in a.sampling if key != "seed"):
        rows.append(_setting(key, [_value(a.sampling.get(key)) for a in audits], compared=True))
    for key in dict.fromkeys(key for a in audits for key in a.rates):
        name = f"rate: {key.replace('_', ' ')}"
        rows.append(_setting(name, [percent(a.rates.get(key)) for a in audits]))
    for key in dict.fromkeys(key for a in audits for key in a.formats):
        rows.append(_setting(f"format: {key}", [percent(a.formats.get(key)) for a in audits]))
    return {"rows": rows, "differ": any(row["differs"] for row in rows)}


def _setting(name: str, cells: list[str], compared: bool = False) -> dict[str, Any]:
    return {"name": name, "cells": cells, "differs": compared and len(set(cells)) > 1}


def _value(value: Any) -> str:
    if value is None:
        return DASH
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
