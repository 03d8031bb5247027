"""Summaries and comparisons on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.compare import CHANGES, Comparison
from eval.intervals import TARGET
from eval.summary import Summary
from eval.words import interval, percent, points

if TYPE_CHECKING:
    from rich.console import Console


def print_summary(summary: Summary, name: str = "", console: Console | None = None) -> None:
    """Print pass@k per k with intervals, and how many problems are solved, to the terminal."""
    from rich.console import Console
    from rich.table import Table

    out = console or Console()
    low, high = summary.n_range
    samples = f"{low}" if low == high else f"{low} to {high}"
    table = Table(title=name or None, title_justify="left", title_style="bold")
    for heading in ("k", "pass@k", f"{summary.confidence:.0%} interval"):
        table.add_column(heading, justify="right")
    for row in summary.rows:
        table.add_row(str(row.k), percent(row.pass_at_k), interval(row.low, row.high))
    out.print(table)
    out.print(
        f"{summary.problems} problems, {samples} samples each. Solved at least once: {summary.solved}, "
        f"always: {summary.always}, never: {summary.never}.",
        highlight=False,
    )
    out.print(
        f"[dim]Intervals are for {TARGET}.[/dim]" if not summary.accuracy.reason else _no_interval(summary)
    )


def print_comparison(found: Comparison, names: tuple[str, str], console: Console | None = None) -> None:
    """Print both models and the paired difference per k to the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or Console()
    base, tuned = (escape(name) for name in names)
    table = Table()
    headings = (
        "k",
        base,
        tuned,
        "difference",
        f"{found.confidence:.0%} interval",
        "better",
        "worse",
        "equal",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in found.rows:
        figures = percent(row.base), percent(row.tuned), points(row.difference)
        verdicts = str(row.wins), str(row.losses), str(row.ties)
        table.add_row(str(row.k), *figures, interval(row.low, row.high, signed=True), *verdicts)
    out.print(table)
    counts = ", ".join(f"{change} {len(found.problems_with(change))}" for change in CHANGES)
    crossover = "none" if found.crossover is None else f"k = {found.crossover}"
    out.print(f"{len(found.pairs)} problems. Solved: {counts}. Crossover: {crossover}.", highlight=False)
    left_out = len(found.only_base) + len(found.only_tuned)
    if left_out:
        out.print(f"[yellow]{left_out} problems that only one audit has were left out.[/yellow]")
    out.print(f"[dim]Intervals are for {TARGET}, paired by problem.[/dim]")


def _no_interval(summary: Summary) -> str:
    return f"[yellow]{summary.accuracy.reason}.[/yellow]"
