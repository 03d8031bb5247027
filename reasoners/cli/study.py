"""`reasoners study`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import emit_json, json_option


@click.command()
@click.argument("scores", type=click.Path(path_type=Path))
@click.option("--confidence", type=click.FloatRange(0, 1, True, True), default=0.95, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap.")
@click.option("--batch", type=click.IntRange(1), help="Test one after another in batches of this many seeds.")
@click.option(
    "--looks", type=click.IntRange(1), default=5, show_default=True, help="Batches planned at most."
)
@json_option()
def study(
    scores: Path, confidence: float, seed: int, batch: int | None, looks: int, json_target: str | None
) -> None:
    """Compare models that were trained with several seeds on several tasks.

    SCORES has one line per run: model, task, seed, score. Prints the interquartile mean, mean, median and
    optimality gap of each model, and the chance that a run of it beats one of the first model, with intervals
    for new seeds of these tasks. With --batch, a sequential test says whether more seeds are needed, at 5 %
    error over all pairs and looks; seeds count in the order they stand in the file.

    \b
    Examples:
      reasoners study scores.jsonl
      reasoners study scores.jsonl --batch 5 --looks 4 --json
    """
    from eval.runs import read_scores, sequential_report, study_report

    found = read_scores(scores)
    report = study_report(found, confidence, seed)
    report["sequential"] = None if batch is None else sequential_report(found, batch, looks)
    if not emit_json(json_target, report):
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = Console()
    table = Table()
    for heading in ("model", "seeds", "IQM", "mean", "median", "optimality gap", "beats the first"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for name, model in report["models"].items():
        cells = [_cell(model[key]) for key in ("iqm", "mean", "median", "optimality_gap")]
        wins = report["probability_of_improvement"].get(name)
        table.add_row(escape(name), str(model["seeds"]), *cells, "" if wins is None else _cell(wins))
    out.print(table)
    if report["sequential"] is not None:
        for pair in report["sequential"]["different"]:
            out.print(
                escape(f"- {' and '.join(pair['models'])} differ (batch {pair['look']})"), highlight=False
            )
        out.print(report["sequential"]["said"], highlight=False)
    out.print(f"[dim]{report['confidence']:.0%} intervals are for {report['target']}.[/dim]")


def _cell(found: dict[str, Any]) -> str:
    if found["low"] is None:
        return f"{found['estimate']:.3f}"
    return f"{found['estimate']:.3f}\n{found['low']:.3f}..{found['high']:.3f}"
