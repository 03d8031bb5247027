"""The guess control on the page: what is within chance, and what the verifier could have got wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.compare import Comparison, compare
from eval.guess import GuessControl
from eval.guess.view import GuessView
from eval.report import charts
from eval.report.model import Report
from eval.words import interval, percent, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASES = {
    "choices": "declared choices",
    "baseline": "the run without reasoning",
    "answers": "answers to other problems",
}


def section(report: Report, found: Comparison | None) -> list[dict[str, Any]]:
    """Return one part per audit: title, sentences, chart, table and flagged problems."""
    first = 0 if len(report.audits) > 1 else 1
    return [
        {
            "name": audit.name,
            "colour": first + i,
            "sentences": sentences(view),
            "alarm": view.control.alarm,
            "id": f"chance{i}",
            "svg": _chart(view, first + i, f"chance{i}"),
            **dict(zip(("headings", "rows"), table(view), strict=True)),
            "flagged": ids_shown(view.control.flagged),
        }
        for i, (audit, view) in enumerate(zip(report.audits, report.guesses, strict=False))
    ]


def sentences(view: GuessView) -> list[str]:
    """Return what the guess control found, in words."""
    said = [_on_chance(view), *(f"{x[0].upper()}{x[1:]}" for x in view.caveats)]
    if view.control.power is not None and not view.control.power.enough:
        said.append(view.control.power.sentence())
    if view.band and view.errors is not None:
        last = view.band[-1]
        (a, b), (c, d) = view.errors.positive, view.errors.negative
        said.append(
            f"The verifier pays {interval(a, b, digits=2)} % of wrong answers and refuses {interval(c, d, digits=2)} % "
            f"of right ones (95 %); that could put pass@{last.k} anywhere from {percent(last.low)} to "
            f"{percent(last.high)}."
        )
    return said


def _on_chance(view: GuessView) -> str:
    control = view.control
    if not control.chances:
        return "For no problem is a chance of guessing known, so nothing can be flagged."
    last, many = control.rows[-1], len(control.flagged)
    of = f"{len(control.chances)} of {control.problems} problems"
    known = f"For {of} a chance of guessing is known (by {_by(control)})"
    if not many:
        return f"{known}; no problem that a guesser would probably hit is solved as rarely as by guessing."
    share = "none" if last.share is None else percent(last.share, 0)
    part = f"{share} of the gain of {points(last.gain)} points from k = 1 to {last.k}"
    start = "Within chance: " if control.alarm else ""
    return (
        f"{start}{known}. {many} of them are solved no more often than guessing would, and {part} lies there."
    )


def _by(control: GuessControl) -> str:
    return ", ".join(text for basis, text in BASES.items() if any(x.basis == basis for x in control.chances))


def verdict(report: Report, found: Comparison | None) -> list[str]:
    """Return what belongs beside the headline: alarms, and the difference without what is within chance."""
    said = [
        f"{audit.name}: at least half of its gain at large k lies within chance."
        for audit, view in zip(report.audits, report.guesses, strict=False)
        if view.control.alarm
    ]
    said += [
        f"{audit.name}: {caveat}"
        for audit, view in zip(report.audits, report.guesses, strict=False)
        for caveat in view.caveats
        if view.control.flagged
    ]
    flagged = {x for view in report.guesses for x in view.control.flagged}
    if found is None or not flagged:
        return said
    kept = [p for p in found.pairs if p.problem_id not in flagged]
    dropped = len(found.pairs) - len(kept)
    if not dropped:
        return said
    if not kept:
        return [*said, "Every problem is within chance for one of the models: no difference is left."]
    k = found.rows[-1].k
    row = compare([p.base for p in kept], [p.tuned for p in kept], [k], found.confidence).rows[0]
    return [
        *said,
        f"Without the {dropped} problems that one of the models solves no more often than guessing would, the "
        f"difference at k = {k} is {points(row.difference)} points {interval(row.low, row.high, signed=True)}.",
    ]


def table(view: GuessView) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows, one per k, as text."""
    headings = ["k", "pass@k", "guessing alone", "beyond chance", "gain over k = 1", "of it within chance"]
    rows = [
        [
            *(str(r.k), percent(r.pass_at_k), percent(r.chance), percent(r.beyond), points(r.gain)),
            percent(r.share, 0),
        ]
        for r in view.control.rows
    ]
    if view.band:
        headings.append("verifier's errors")
        for cells, edge in zip(rows, view.band, strict=True):
            cells.append(interval(edge.low, edge.high))
    return headings, rows


def _chart(view: GuessView, colour: int, name: str) -> str:
    rows = view.control.rows

    def draw(axes: Axes) -> None:
        xs = [math.log2(r.k) for r in rows]
        line = charts.SERIES[colour]
        if view.band:
            charts.shade(axes, xs, [b.low for b in view.band], [b.high for b in view.band], line)
        for values, style in (
            ([r.pass_at_k for r in rows], "-"),
            ([r.beyond for r in rows], (0, (5, 2))),
        ):
            axes.plot(xs, [100 * v for v in values], color=line, linestyle=style, marker="o")
        axes.plot(xs, [100 * r.chance for r in rows], color=charts.FAINT, linestyle=(0, (1, 2)))
        axes.set_ylim(-1, 101)
        charts.log_axis(axes, [r.k for r in rows])
        axes.set_ylabel("pass@k, %")

    return charts.svg(name, draw)


def ids_shown(ids: Sequence[str], most: int = 60) -> dict[str, Any]:
    """Return the first ids as links' targets, and how many are left."""
    from urllib.parse import urlencode

    links = [{"id": x, "href": "#" + urlencode({"open": x})} for x in ids[:most]]
    return {"links": links, "more": max(0, len(ids) - most)}
