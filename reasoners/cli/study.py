"""`reasoners study`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import emit_json, json_option

FIGURES = (("IQM", "iqm"), ("mean", "mean"), ("median", "median"), ("optimality gap", "optimality_gap"))


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
    error over all pairs and looks; seeds count in the order they stand in the file. For the optimality gap 1 is the
    target: give 0.875, not 87.5.

    \b
    Examples:
      reasoners study scores.jsonl
      reasoners study scores.jsonl --batch 5 --looks 4 --json
    """
    from eval.runs import read_scores, sequential_report, study_report

    found = read_scores(scores)
    report = study_report(found, confidence, seed)
    for note in report["notes"]:
        click.echo(f"note: {note}", err=True)
    report["sequential"] = None if batch is None else sequential_report(found, batch, looks)
    if not emit_json(json_target, report):
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from eval.words import level

    out = Console()
    table = Table()
    for heading in ("model", "seeds", "figure", "estimate", f"{level(report['confidence'])} interval"):
        table.add_column(
            heading, justify="left" if heading in ("model", "figure") else "right", overflow="fold"
        )
    for name, model in report["models"].items():
        found = [(title, model[key]) for title, key in FIGURES]
        wins = report["probability_of_improvement"].get(name)
        found += [] if wins is None else [("beats the first", wins)]
        for number, (title, figure) in enumerate(found):
            first = ("", "") if number else (escape(name), str(model["seeds"]))
            table.add_row(*first, title, f"{figure['estimate']:.3f}", _limits(figure))
        table.add_section()
    out.print(table)
    if report["sequential"] is not None:
        for pair in report["sequential"]["different"]:
            out.print(
                escape(f"- {' and '.join(pair['models'])} differ (batch {pair['look']})"), highlight=False
            )
        out.print(report["sequential"]["said"], highlight=False)
    out.print(f"[dim]Intervals are for {report['target']}.[/dim]")


def _limits(found: dict[str, Any]) -> str:
    from eval.words import DASH

    return DASH if found["low"] is None else f"{found['low']:.3f} to {found['high']:.3f}"
