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
    from eval.best_of import best_of_k
    from eval.bootstrap import bootstrap_curve, bootstrap_difference
    from eval.consistency import g_pass_at_k, mg_pass_at_k, pass_hat_k
    from eval.cover import Cover, cover_at
    from eval.engine import run_audit
    from eval.family import Family, compare_many
    from eval.judged import judged_counts
    from eval.plan import Plan, from_pilot, from_prior, plan_audit, predict
    from eval.report import Curve, Report, write_report
    from eval.same_problems import same_problem_interval
    from eval.sampling import Sampling
    from eval.sequential import sequential_test
    from eval.store import SampleStore
    from eval.studies import aggregate, probability_of_improvement
    from eval.tally import Problem
    from eval.variance import variance_at_k, variance_estimate
    from eval.views import AuditView, SampleView, load_audit, print_comparison, print_summary
    from eval.voting import Votes, maj_at_k

_HOMES = {
    "eval.best_of": "best_of_k",
    "eval.bootstrap": "bootstrap_curve bootstrap_difference",
    "eval.consistency": "g_pass_at_k mg_pass_at_k pass_hat_k",
    "eval.cover": "Cover cover_at",
    "eval.family": "Family compare_many",
    "eval.judged": "judged_counts",
    "eval.plan": "Plan from_pilot from_prior plan_audit predict",
    "eval.same_problems": "same_problem_interval",
    "eval.sequential": "sequential_test",
    "eval.studies": "aggregate probability_of_improvement",
    "eval.variance": "variance_at_k variance_estimate",
    "eval.voting": "Votes maj_at_k",
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
    "Cover",
    "Curve",
    "DifferenceRow",
    "EvalError",
    "Family",
    "Interval",
    "KRow",
    "Pair",
    "Plan",
    "Problem",
    "Report",
    "SampleStore",
    "SampleView",
    "Sampling",
    "Summary",
    "Votes",
    "aggregate",
    "best_of_k",
    "bootstrap_curve",
    "bootstrap_difference",
    "compare",
    "compare_many",
    "cover_at",
    "difference_interval",
    "fail_at_k",
    "from_pilot",
    "from_prior",
    "g_pass_at_k",
    "judged_counts",
    "load_audit",
    "maj_at_k",
    "mean_interval",
    "mg_pass_at_k",
    "pass_at_k",
    "pass_hat_k",
    "plan_audit",
    "predict",
    "print_comparison",
    "print_summary",
    "probability_of_improvement",
    "read_counts",
    "run_audit",
    "same_problem_interval",
    "sequential_test",
    "summarise",
    "variance_at_k",
    "variance_estimate",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module `eval` has no attribute `{name}`")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
