"""How surely the models solve what they solve, as a table of the page: G-Pass@k, mG-Pass@k, pass^k, Cover@tau."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.analyses.consistency import consistency_sheet
from eval.analyses.figures import Figure, Sheet, paired_figures
from eval.summary import Summary
from eval.views import AuditView
from eval.words import interval, percent, points


def table(audits: Sequence[AuditView], summaries: Sequence[Summary]) -> dict[str, Any]:
    """Return headings and rows as text: a figure, each audit's value and interval, the paired difference of two."""
    each, gains = found(summaries)
    columns = [(audit.name, {x.name: x for x in of}, False) for audit, of in zip(audits, each, strict=True)]
    if gains:
        columns.append(("difference", {x.name: x for x in gains}, True))
    headings = ["figure", *(text for name, _, _ in columns for text in (name, "interval"))]
    rows = [
        [x.name, *(cell for _, of, signed in columns for cell in _cells(of[x.name], signed))] for x in each[0]
    ]
    return {"headings": headings, "rows": rows}


def found(summaries: Sequence[Summary]) -> tuple[list[list[Figure]], list[Figure]]:
    """Return the figures of each audit, and their paired differences if there are two; pass@k has its own table."""
    sheets = [_sheet(s) for s in summaries]
    confidence = summaries[0].confidence
    gains = paired_figures(sheets[0], sheets[1], confidence) if len(sheets) == 2 else []
    return [sheet.figures(confidence) for sheet in sheets], gains


def _sheet(summary: Summary) -> Sheet:
    sheet = consistency_sheet(summary.counts, [r.k for r in summary.rows], confidence=summary.confidence)
    return Sheet(sheet.counts, [c for c in sheet.columns if not c.name.startswith("pass@")], sheet.notes)


def _cells(figure: Figure, signed: bool) -> tuple[str, str]:
    value = points(figure.value, 2) if signed else percent(figure.value, 2)
    return value, interval(figure.low, figure.high, signed, 2)
