"""What a reader must be told before any figure, and what is said of the audits below."""

from __future__ import annotations

from eval.compare import Comparison
from eval.report.model import Report
from eval.twins import shown_twins
from eval.verdicts import warnings
from eval.views import alarms


def warned(report: Report, found: Comparison | None) -> list[str]:
    """Return what comes first: mixed settings, problems left out, alarms."""
    left_out = [] if found is None else warnings(found)
    alike = shown_twins(report.audits) if report.alike is None else report.alike
    return [*report.mixed, *left_out, *alarms(report.audits), *alike]


def audit_notes(report: Report) -> list[str]:
    """Return what the audits say of themselves but for alarms."""
    said = [f"{a.name}: {note}" for a in report.audits for note in a.notes]
    loud = alarms(report.audits)
    return [sentence for sentence in said if sentence not in loud]
