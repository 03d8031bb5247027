"""The charts, as SVG whose colours are those of the page: one drawing serves light and dark."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from eval.analyses.histogram import BINS, bin_counts
from eval.compare import Comparison
from eval.report.model import Curve
from eval.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# matplotlib draws in these colours; in the SVG each becomes the variable of the style sheet.
INK, FAINT, GRID, GAIN = "#010203", "#010204", "#010205", "#010206"
SERIES = ("#010210", "#010211", "#010212", "#010213", "#010214", "#010215")
_VARIABLES = {INK: "--ink", FAINT: "--muted", GRID: "--grid", GAIN: "--gain"} | {
    colour: f"--s{i}" for i, colour in enumerate(SERIES)
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a label is what it is, dollar signs included
    "font.size": 9.5,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "lines.linewidth": 2.0,
    "lines.markersize": 4.5,
    "figure.figsize": (5.4, 3.3),
}


def pass_curves(summaries: Sequence[Summary], colours: Sequence[int]) -> str:
    """Draw pass@k over log2 k, with its interval and, lighter, its band; one line per audit, in these colours."""

    def draw(axes: Axes) -> None:
        for summary, colour in zip(summaries, colours_of(colours), strict=True):
            rows = summary.rows
            xs = [math.log2(r.k) for r in rows]
            shade(axes, xs, [r.band_low for r in rows], [r.band_high for r in rows], colour)
            shade(axes, xs, [r.low for r in rows], [r.high for r in rows], colour)
            axes.plot(xs, [100 * r.pass_at_k for r in rows], marker="o", color=colour)
        edges = [(r.band_low, r.pass_at_k) for s in summaries for r in s.rows]
        lows = [100 * (estimate if low is None else low) for low, estimate in edges]
        axes.set_ylim(max(0.0, 10 * math.floor(min(lows) / 10)), 101)
        log_axis(axes, [r.k for r in summaries[0].rows])
        axes.set_ylabel("pass@k, %")

    return svg("pass", draw)


def difference_curve(found: Comparison) -> str:
    """Draw the paired difference over log2 k, its bands (one k, and all k together), zero and the crossover."""

    def draw(axes: Axes) -> None:
        xs = [math.log2(r.k) for r in found.rows]
        axes.axhline(0, color=FAINT, linewidth=1)
        if found.crossover is not None:
            axes.axvline(math.log2(found.crossover), color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
            at = (math.log2(found.crossover), 1)
            label = f"crossover, k = {found.crossover}"
            right = at[0] > 0.6 * xs[-1]
            offset = {"xytext": (-5 if right else 5, -4), "textcoords": "offset points", "va": "top"}
            place: Any = {"ha": "right" if right else "left", "xycoords": ("data", "axes fraction"), **offset}
            axes.annotate(label, at, color=FAINT, fontsize=8.5, **place)
        shade(axes, xs, [r.band_low for r in found.rows], [r.band_high for r in found.rows], GAIN)
        shade(axes, xs, [r.low for r in found.rows], [r.high for r in found.rows], GAIN)
        axes.plot(xs, [100 * r.difference for r in found.rows], marker="o", color=GAIN)
        log_axis(axes, [r.k for r in found.rows])
        axes.set_ylabel("tuned minus base, points")

    return svg("difference", draw)


def histogram(summaries: Sequence[Summary], colours: Sequence[int]) -> str:
    """Draw how many problems have which accuracy c/n; never and always solved have bars of their own."""
    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        width = 0.8 / len(summaries)
        for i, (summary, colour) in enumerate(zip(summaries, colours_of(colours), strict=True)):
            heights = bin_counts(summary.counts)
            xs = [x + (i - (len(summaries) - 1) / 2) * width for x in range(len(BINS))]
            axes.bar(xs, heights, width=width * 0.94, color=colour)
        axes.set_xticks(range(len(BINS)), BINS, rotation=45, ha="right", rotation_mode="anchor")
        axes.tick_params(axis="x", length=0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel("correct samples of a problem, %")
        axes.set_ylabel("problems")

    return svg("histogram", draw)


def curve_chart(curve: Curve, name: str) -> str:
    """Draw the lines of one `Curve`."""
    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        scale = 100.0 if curve.percent else 1.0
        colours = colours_of([curve.colour + i for i in range(len(curve.series))])
        lines = zip(curve.series.values(), colours, strict=True)
        for i, ((xs, ys), colour) in enumerate(lines):
            marker = "o" if len(xs) <= 12 else None
            style = (0, (4, 2)) if is_dashed(i) else "-"
            axes.plot(list(xs), [scale * y for y in ys], color=colour, marker=marker, linestyle=style)
        if all(float(x).is_integer() for xs, _ in curve.series.values() for x in xs):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no half a step
        axes.set_xlabel(curve.x_label)
        axes.set_ylabel(f"{curve.y_label}, %" if curve.percent else curve.y_label)
        if curve.percent:
            axes.set_ylim(-1, 101)

    return svg(name, draw)


def is_dashed(number: int) -> bool:
    """Whether a curve's line repeats a colour and is told apart by dashes."""
    return number >= len(SERIES)


def colours_of(numbers: Sequence[int]) -> list[str]:
    """Return the colours of these numbers; they repeat when they run out."""
    return [SERIES[i % len(SERIES)] for i in numbers]


def shade(
    axes: Axes, xs: list[float], lows: Sequence[float | None], highs: Sequence[float | None], colour: str
) -> None:
    """Fill between limits in [0, 1], in percent; a k without limits is left out."""
    known = [
        (x, 100 * a, 100 * b)
        for x, a, b in zip(xs, lows, highs, strict=True)
        if a is not None and b is not None
    ]
    at, low, high = ([edge[i] for edge in known] for i in range(3))
    if len(known) == 1:
        axes.vlines(at, low, high, color=colour, alpha=0.35, linewidth=6)
    elif known:
        axes.fill_between(at, low, high, color=colour, alpha=0.16, linewidth=0)


def log_axis(axes: Axes, ks: Sequence[int]) -> None:
    """Label the axis of log2 k with powers of two and the last k."""
    shown = [k for k in ks if k & (k - 1) == 0 or k == ks[-1]]
    if len(shown) > 1 and math.log2(shown[-1] / shown[-2]) < 0.4:
        shown.pop(-2)  # the labels of a power of two and of a last k just above it would overlap
    axes.set_xticks([math.log2(k) for k in shown], [str(k) for k in shown])
    axes.set_xlabel("k, samples drawn")


def svg(name: str, draw: Callable[[Axes], None]) -> str:
    """Draw on fresh axes and return the SVG, the same bytes for the same input."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure: Figure = Figure(layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _themed(out.getvalue(), name)


def _themed(svg: str, name: str) -> str:
    """Keep what a page needs of matplotlib's SVG, and put the page's colours and font in."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r' id="(?:figure|axes|patch|line2d|text|xtick|ytick|matplotlib\.axis|[A-Za-z]+Collection)_\d+"',
        "",
        svg,
    )
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(
        r'(<svg[^>]*?) height="[^"]*"', rf'\1 role="img" aria-labelledby="{name}-caption"', svg, count=1
    )
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip())
