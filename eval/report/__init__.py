"""The report: one self-contained HTML page that works offline, in light and dark.

Nothing in it is fetched, and nothing a model wrote is markup: sample texts travel as escaped JSON and are
shown as text only; a content security policy allows this page's own script and no other.
"""

from eval.report.chance import verdict as guess_verdicts
from eval.report.explained import explain_samples
from eval.report.model import Curve, Report, RunView
from eval.report.page import render, write_report
from eval.report.plain import render_markdown, report_json, report_verdicts, report_warnings

__all__ = [
    "Curve",
    "Report",
    "RunView",
    "explain_samples",
    "guess_verdicts",
    "render",
    "render_markdown",
    "report_json",
    "report_verdicts",
    "report_warnings",
    "write_report",
]
