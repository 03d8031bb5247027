"""Summaries and comparisons on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.compare import CHANGES, Comparison
from eval.family import Family
from eval.intervals import TARGET
from eval.summary import Summary
from eval.verdicts import verdicts, warnings
from eval.words import DASH, interval, level, limits_meaning, percent, points, same_interval

if TYPE_CHECKING:
    from rich.console import Console


def print_summary(summary: Summary, name: str = "", console: Console | None = None) -> None:
    """Print pass@k per k with intervals, and how many problems are solved, to the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or Console()
    low, high = summary.n_range
    samples = f"{low}" if low == high else f"{low} to {high}"
    table = Table(title=escape(name) or None, title_justify="left", title_style="bold")
    for heading in (
        "k",
        "pass@k",
        f"{level(summary.confidence)} interval",
        "band",
        "same problems",
        "pass^k",
    ):
        table.add_column(heading, justify="right")
    for row in summary.rows:
        limits = interval(row.low, row.high), interval(row.band_low, row.band_high), same_interval(row)
        table.add_row(str(row.k), percent(row.pass_at_k), *limits, percent(row.pass_hat_k))
    out.print(table)
    out.print(
        f"{summary.problems} problems, {samples} samples each. Solved at least once: {summary.solved}, "
        f"always: {summary.always}, never: {summary.never}.",
        highlight=False,
    )
    _print_unit(summary.clusters, out)
    out.print(_targets(summary) if not summary.accuracy.reason else _no_interval(summary))


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
        f"{level(found.confidence)} interval",
        "better",
        "worse",
        "equal",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in found.rows:
        figures = percent(row.base), percent(row.tuned), points(row.difference)
        tally = str(row.wins), str(row.losses), str(row.ties)
        table.add_row(str(row.k), *figures, interval(row.low, row.high, signed=True), *tally)
    out.print(table)
    counts = ", ".join(f"{change} {len(found.problems_with(change))}" for change in CHANGES)
    out.print(f"{len(found.pairs)} problems. Solved: {counts}.", highlight=False)
    _print_unit(found.base.clusters, out)
    for sentence in verdicts(found):
        out.print(f"- {escape(sentence)}", highlight=False)
    for warning in warnings(found):
        out.print(f"[yellow]{escape(warning)}[/yellow]")
    out.print(f"[dim]Intervals are for {TARGET}, paired by problem.[/dim]")


def print_family(found: Family, console: Console | None = None) -> None:
    """Print every model against the baseline, with intervals that hold together, to the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or Console()
    table = Table()
    for heading in ("model", "k", "pass@k", "difference", "all together", "p (Holm)"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for row in found.rows:
        limits = interval(row.family_low, row.family_high, signed=True)
        p = DASH if row.p_holm is None else f"{row.p_holm:.3g}"
        table.add_row(
            escape(row.model), str(row.k), percent(row.pass_at_k), points(row.difference), limits, p
        )
    out.print(table)
    _print_unit(found.clusters, out)
    for sentence in found.verdicts():
        out.print(f"- {escape(sentence)}", highlight=False)
    out.print(f"[dim]{found.problems} problems; intervals are for {TARGET}, and hold all at once.[/dim]")


def _print_unit(clusters: int | None, out: Console) -> None:
    if clusters is not None:
        out.print(f"{clusters} clusters of related problems; the cluster is the unit.", highlight=False)


def _targets(summary: Summary) -> str:
    return f"[dim]{limits_meaning(any(row.same_basis == 'model' for row in summary.rows))}[/dim]"


def _no_interval(summary: Summary) -> str:
    from rich.markup import escape

    return f"[yellow]{escape(summary.accuracy.reason)}.[/yellow]"
