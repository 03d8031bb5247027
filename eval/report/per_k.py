"""The figures per k as tables: each model's, and the difference's, with every limit that was computed for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.compare import Comparison, DifferenceRow
from eval.summary import KRow, Summary
from eval.views import AuditView
from eval.words import interval, limits_meaning, percent, points, same_interval

DIGITS = 2


def tables(
    audits: Sequence[AuditView], summaries: Sequence[Summary], found: Comparison | None
) -> list[dict[str, Any]]:
    """Return one table per audit, and one of their difference if there are two: title, headings and rows as text."""
    level = f"{100 * summaries[0].confidence:g} % interval"
    limits = [level, "band", "same problems"]
    shown = [
        {"title": a.name, "headings": ["k", "pass@k", *limits], "rows": [_row(r) for r in s.rows]}
        for a, s in zip(audits, summaries, strict=True)
    ]
    if found is not None:
        headings = ["k", "difference", *limits, "better", "worse", "equal"]
        rows = [_difference(r) for r in found.rows]
        shown.append({"title": "Difference, paired by problem", "headings": headings, "rows": rows})
    return shown


def meaning(summaries: Sequence[Summary], found: Comparison | None) -> str:
    """Return what the limits in the tables are, one sentence each."""
    rows: list[KRow | DifferenceRow] = [r for s in summaries for r in s.rows]
    return limits_meaning(any(r.same_basis == "model" for r in [*rows, *(found.rows if found else ())]))


def _row(row: KRow) -> list[Any]:
    return [row.k, percent(row.pass_at_k, DIGITS), *_limits(row)]


def _difference(row: DifferenceRow) -> list[Any]:
    return [row.k, points(row.difference, DIGITS), *_limits(row, True), row.wins, row.losses, row.ties]


def _limits(row: KRow | DifferenceRow, signed: bool = False) -> list[str]:
    single, band = (row.low, row.high), (row.band_low, row.band_high)
    return [
        *(interval(*limits, signed, DIGITS) for limits in (single, band)),
        same_interval(row, signed, DIGITS),
    ]
