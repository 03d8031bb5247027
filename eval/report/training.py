"""Training runs on the page: their facts side by side, what they give reason to look at, and their charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.report import charts
from eval.report.model import Curve, RunView


def section(runs: Sequence[RunView]) -> dict[str, Any]:
    """Return the table of facts, one column per run, and each run's findings and charts."""
    names = list(dict.fromkeys(name for run in runs for name in run.facts))
    rows = [[name, *(run.facts.get(name, "") for run in runs)] for name in names]
    parts = [
        {
            "name": run.name,
            "findings": run.findings,
            "curves": [curve_context(curve, f"run{i}-{j}") for j, curve in enumerate(run.curves)],
        }
        for i, run in enumerate(runs)
    ]
    return {"names": [run.name for run in runs], "rows": rows, "parts": parts}


def curve_context(curve: Curve, name: str) -> dict[str, Any]:
    """Return a chart with its title and legend."""
    legend = [
        {
            "name": f"{line}, dashed" if charts.is_dashed(i) else line,
            "colour": (curve.colour + i) % len(charts.SERIES),
        }
        for i, line in enumerate(curve.series)
    ]
    return {"id": name, "title": curve.title, "legend": legend, "svg": charts.curve_chart(curve, name)}
