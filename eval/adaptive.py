"""What must be said of audits that were sampled adaptively (see `eval.focus`), and what may be compared of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from eval.intervals import Interval
from eval.same_problems import TARGET
from eval.views import AuditView
from eval.words import interval, percent, points


@dataclass(frozen=True)
class FocusedDifference:
    """Tuned minus base at one k, over these problems, from the focused figures of both."""

    k: int
    base: float
    tuned: float
    difference: Interval

    def sentence(self) -> str:
        """Return the difference in words."""
        limits = interval(self.difference.low, self.difference.high, signed=True)
        return (
            f"For {TARGET}, with the further samples of both adaptive audits, pass@{self.k} changes by "
            f"{points(self.difference.estimate)} points {limits}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {**asdict(self), "target": TARGET}


def spread(view: AuditView) -> str:
    """Return in a few words how an audit's samples were spread: empty if it was not sampled adaptively."""
    focus = view.focus
    if focus is None:
        return ""
    return (
        f"pass@{focus['k']}: {focus['least']} to {focus['most']} samples a problem, "
        f"{focus['samples_per_problem']:.1f} on average"
    )


def adaptive_note(view: AuditView) -> list[str]:
    """Return what a reader must be told of an adaptive audit; nothing for others."""
    focus = view.focus
    if focus is None:
        return []
    left_out = len(focus.get("left_out") or ())
    without = f" {left_out} problem(s) with too few judged samples are not in it." if left_out else ""
    first = view.n or view.summary.n_range[1]
    each = f"{focus['least']} to {focus['most']} a problem, {focus['samples_per_problem']:.1f} on average"
    limits = interval(focus["same_low"], focus["same_high"])
    parts = "three parts" if focus.get("parts") == 3 else "two halves"
    return [
        f"Sampled adaptively: after the first {first} samples of each problem, more went where pass@{focus['k']} was "
        f"uncertain ({each}). For {TARGET}, pass@{focus['k']} is {percent(focus['pass_at_k'])} {limits}; each "
        f"problem's samples are {parts} there, each sized by the outcome of others.{without} Every other figure "
        f"rests on the first {first} samples alone: where the number of samples depends on what the first ones gave, "
        "counting all of them would be biased."
    ]


def focused_difference(views: Sequence[AuditView]) -> FocusedDifference | None:
    """Return the paired figure of two adaptive audits; None unless both say the same pass@k of all the same problems.

    The two estimates come from independent samples, so their intervals combine by Newcombe's square-and-add (1998).
    """
    if len(views) != 2 or any(v.focus is None or v.focus.get("left_out") for v in views):
        return None
    base, tuned = (dict(v.focus or {}) for v in views)
    ids = [{x.problem_id for x in v.counts} for v in views]
    if base["k"] != tuned["k"] or ids[0] != ids[1]:
        return None
    low_0, high_0, low_1, high_1 = (side[key] for side in (base, tuned) for key in ("same_low", "same_high"))
    before, after = base["pass_at_k"], tuned["pass_at_k"]
    d = after - before
    if None in (low_0, high_0, low_1, high_1):
        return FocusedDifference(base["k"], before, after, Interval(d, None, None))
    low = d - sqrt((after - low_1) ** 2 + (high_0 - before) ** 2)
    high = d + sqrt((high_1 - after) ** 2 + (before - low_0) ** 2)
    return FocusedDifference(base["k"], before, after, Interval(d, low, high))


def adaptive_caveats(views: Sequence[AuditView]) -> list[str]:
    """Return what belongs beside a comparison of audits of which some were sampled adaptively."""
    said = [f"{v.name}: {note}" for v in views for note in adaptive_note(v)]
    found = focused_difference(views)
    if found is not None:
        said.append(found.sentence())
    elif len(views) == 2 and all(v.focus is not None for v in views):
        said.append(
            "The two adaptive figures are not compared: they are about different k, or not about the same problems."
        )
    return said
