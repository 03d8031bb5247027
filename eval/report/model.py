"""What a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.compare import Comparison, compare
from eval.errors import EvalError
from eval.views import AuditView


@dataclass(frozen=True)
class Curve:
    """A line chart. `series` maps a name to its xs and ys, of equal length; NaN in ys is a gap.

    With `percent`, ys are shares in [0, 1] and the axis shows percent.
    """

    title: str
    x_label: str
    y_label: str
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    percent: bool = False

    def __post_init__(self) -> None:
        for name, (xs, ys) in self.series.items():
            if len(xs) != len(ys):
                raise EvalError(f"curve `{self.title}`: `{name}` has {len(xs)} xs and {len(ys)} ys.")


@dataclass(frozen=True)
class Report:
    """One or two audits, and what else belongs on the page.

    Attributes:
        title: the page's heading.
        audits: one audit, or base and tuned.
        comparison: of the two; computed over their common problems if it is not given.
        curves: further charts, for example of the training.
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

    def __post_init__(self) -> None:
        if len(self.audits) not in (1, 2):
            raise EvalError(f"a report shows one audit, or a base and a tuned one; got {len(self.audits)}.")
        if self.comparison is not None and len(self.audits) == 1:
            raise EvalError("a report of one audit has no comparison.")

    def compared(self) -> Comparison | None:
        """Return the comparison, made now if need be; None for one audit."""
        if len(self.audits) == 1 or self.comparison is not None:
            return self.comparison
        base, tuned = self.audits
        return compare(base.counts, tuned.counts, confidence=base.summary.confidence, common_only=True)
