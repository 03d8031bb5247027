"""What a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.compare import Comparison, compare
from eval.errors import EvalError
from eval.guess.view import GuessView
from eval.views import AuditView


@dataclass(frozen=True)
class Curve:
    """A line chart. `series` maps a name to its xs and ys, of equal length; NaN in ys is a gap.

    With `percent`, ys are shares in [0, 1] and the axis shows percent. `colour` is the number of the first line's
    colour: 0 and 1 are those of base and tuned.
    """

    title: str
    x_label: str
    y_label: str
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    percent: bool = False
    colour: int = 2

    def __post_init__(self) -> None:
        for name, (xs, ys) in self.series.items():
            if len(xs) != len(ys):
                raise EvalError(f"curve `{self.title}`: `{name}` has {len(xs)} xs and {len(ys)} ys.")


@dataclass(frozen=True)
class RunView:
    """One training run, ready to be shown.

    Attributes:
        name: the run's.
        curves: charts of this run alone.
        findings: what its metrics give reason to look at: where, and a sentence.
        facts: name -> value, as text, for a table in which several runs stand side by side.
    """

    name: str
    curves: Sequence[Curve] = ()
    findings: Sequence[tuple[str, str]] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """One or two audits, training runs, or both.

    Attributes:
        title: the page's heading.
        audits: one audit, or base and tuned; none for a report of training runs alone.
        comparison: of the two; computed over their common problems if it is not given.
        curves: further charts, for example of several training runs in one.
        analyses: charts of the audits' own samples.
        guesses: the guess control of each audit, in their order; empty if it was not made.
        explained: (number of the audit, problem id, sample index) -> what the verifier read there.
        runs: training runs.
        mixed: in what the audits differ that should be the same (see `eval.comparable`); shown first.
        alike: alarms of audits that hold the same texts (see `eval.twins`); made of the shown samples if not given.
        notes: sentences shown above the footer.
        provenance: further lines of the footer, for example versions; no time of writing is added, so the
            same input gives the same bytes.
    """

    title: str
    audits: Sequence[AuditView]
    comparison: Comparison | None = None
    curves: Sequence[Curve] = ()
    notes: Sequence[str] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    analyses: Sequence[Curve] = ()
    guesses: Sequence[GuessView] = ()
    explained: Mapping[tuple[int, str, int], Mapping[str, str]] = field(default_factory=dict)
    runs: Sequence[RunView] = ()
    mixed: Sequence[str] = ()
    alike: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if len(self.audits) > 2 or not (self.audits or self.runs):
            raise EvalError(f"a report shows one audit, or a base and a tuned one; got {len(self.audits)}.")
        if self.comparison is not None and len(self.audits) < 2:
            raise EvalError("a report of one audit has no comparison.")
        if len(self.guesses) not in (0, len(self.audits)):
            raise EvalError(
                f"{len(self.guesses)} guess controls for {len(self.audits)} audits; one each, or none."
            )

    def compared(self) -> Comparison | None:
        """Return the comparison, made now if need be; None for fewer than two audits."""
        if len(self.audits) < 2 or self.comparison is not None:
            return self.comparison
        base, tuned = self.audits
        return compare(base.counts, tuned.counts, confidence=base.summary.confidence, common_only=True)
