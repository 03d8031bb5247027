"""Further figures on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.analyses.figures import Figure
from eval.intervals import TARGET
from eval.words import DASH, interval, level, percent, points

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
    table.add_column("figure", no_wrap=True)
    for heading in [*map(escape, names), *["difference"] * bool(gains)]:
        table.add_column(heading, justify="right", overflow="fold")
    by_name = [{x.name: x for x in of} for of in [*audits, *([gains] if gains else [])]]
    for name in dict.fromkeys(x.name for of in audits for x in of):
        cells = [_cell(of.get(name)) for of in by_name[: len(audits)]]
        lines = [*cells, *([_cell(by_name[-1].get(name), True)] if gains else ())]
        # Three values with their intervals side by side are wider than most terminals.
        table.add_row(name, *(("\n" if gains else " ").join(pair) for pair in lines))
    out.print(table)
    paired = ", differences paired by problem" if gains else ""
    out.print(f"[dim]{level(confidence)} intervals, for {TARGET}{paired}.[/dim]")


def _cell(figure: Figure | None, signed: bool = False) -> tuple[str, str]:
    if figure is None:
        return DASH, ""
    value = points(figure.value) if signed else percent(figure.value)
    return value, interval(figure.low, figure.high, signed)
