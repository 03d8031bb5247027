"""The report: one self-contained HTML page that works offline, in light and dark.

Nothing in it is fetched, and nothing a model wrote is markup: sample texts travel as escaped JSON and are
shown as text only; a content security policy allows this page's own script and no other.
"""

from eval.report.model import Curve, Report
from eval.report.page import render, write_report

__all__ = ["Curve", "Report", "render", "write_report"]
