"""What a model can do: exact pass@k, intervals, paired comparison, sampling, reports.

The mathematics needs numpy only. Reports (matplotlib, jinja2) and sampling (torch) load at first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import rewards

if getattr(rewards, "TOOLKIT", None) != "reasoners":
    raise ImportError(
        f"`import rewards` runs {getattr(rewards, '__file__', None)}, which hides the package `rewards` of "
        "reasoners. Rename that file or folder, or run from another folder."
    )

# `compare` names a module and its function: imported here, the function wins for good.
from eval.compare import Comparison, DifferenceRow, Pair, compare
from eval.counts import Count, read_counts
from eval.errors import EvalError
from eval.intervals import Interval, difference_interval, mean_interval
from eval.passk import fail_at_k, pass_at_k
from eval.summary import KRow, Summary, summarise

if TYPE_CHECKING:
    from eval.engine import run_audit
    from eval.report import Curve, Report, write_report
    from eval.sampling import Sampling
    from eval.store import SampleStore
    from eval.tally import Problem
    from eval.views import AuditView, SampleView, load_audit, print_comparison, print_summary

_HOMES = {
    "eval.engine": "run_audit",
    "eval.report": "Curve Report write_report",
    "eval.sampling": "Sampling",
    "eval.store": "SampleStore",
    "eval.tally": "Problem",
    "eval.views": "AuditView SampleView load_audit print_comparison print_summary",
}
_LAZY = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "AuditView",
    "Comparison",
    "Count",
    "Curve",
    "DifferenceRow",
    "EvalError",
    "Interval",
    "KRow",
    "Pair",
    "Problem",
    "Report",
    "SampleStore",
    "SampleView",
    "Sampling",
    "Summary",
    "compare",
    "difference_interval",
    "fail_at_k",
    "load_audit",
    "mean_interval",
    "pass_at_k",
    "print_comparison",
    "print_summary",
    "read_counts",
    "run_audit",
    "summarise",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module `eval` has no attribute `{name}`")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
