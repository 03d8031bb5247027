"""Further figures on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.analyses.figures import Figure
from eval.intervals import TARGET
from eval.words import DASH, interval, percent, points

if TYPE_CHECKING:
    from rich.console import Console


def print_figures(
    names: Sequence[str],
    audits: Sequence[Sequence[Figure]],
    gains: Sequence[Figure],
    confidence: float,
    console: Console | None = None,
) -> None:
    """Print one line per figure: each audit's value and interval, and the paired difference where there are two."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or Console()
    table = Table()
    table.add_column("figure")
    level = f"{confidence:.0%} interval"
    for heading in [x for name in names for x in (escape(name), level)] + ["difference", level] * bool(gains):
        table.add_column(heading, justify="right")
    by_name = [{x.name: x for x in of} for of in [*audits, *([gains] if gains else [])]]
    for name in dict.fromkeys(x.name for of in audits for x in of):
        cells = [cell for of in by_name[: len(audits)] for cell in _cells(of.get(name))]
        table.add_row(name, *cells, *(_cells(by_name[-1].get(name), True) if gains else ()))
    out.print(table)
    out.print(f"[dim]Intervals are for {TARGET}{', differences paired by problem' if gains else ''}.[/dim]")


def _cells(figure: Figure | None, signed: bool = False) -> tuple[str, str]:
    if figure is None:
        return DASH, DASH
    value = points(figure.value) if signed else percent(figure.value)
    return value, interval(figure.low, figure.high, signed)
