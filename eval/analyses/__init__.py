"""Further questions to ask of samples, after arXiv 2504.13837 (the boundary paper), MRT and Echo Chamber.

`histogram`, `coverage` and `consistency` need counts; `majority` and `best` stored samples; `budget` and `forced`
tokens and verdicts; `formats` shares per step. `perplexity` and `entropy` need a
model, and load torch when they are called.
"""

from eval.analyses.audit import Written, audit_budget, budget_regret, chat_template_of, written_samples
from eval.analyses.best import best_sheet
from eval.analyses.budget import BudgetRow, budget_curve, cumulative_regret, normalised_regret
from eval.analyses.consistency import TAUS, consistency_sheet
from eval.analyses.coverage import Coverage, coverage
from eval.analyses.entropy import Matched, match_temperature, token_entropy
from eval.analyses.figures import Column, Figure, Sheet, paired_figures
from eval.analyses.forced import ForcedCurve, Reached, compare_reach, forced_curve, tokens_to_reach
from eval.analyses.formats import Collapse, collapse, effective_formats, format_history
from eval.analyses.histogram import BINS, bin_counts, bin_problems
from eval.analyses.majority import majority_sheet
from eval.analyses.perplexity import Spread, perplexities, spread

__all__ = [
    "BINS",
    "TAUS",
    "BudgetRow",
    "Collapse",
    "Column",
    "Coverage",
    "Figure",
    "ForcedCurve",
    "Matched",
    "Reached",
    "Sheet",
    "Spread",
    "Written",
    "audit_budget",
    "best_sheet",
    "bin_counts",
    "bin_problems",
    "budget_curve",
    "budget_regret",
    "chat_template_of",
    "collapse",
    "compare_reach",
    "consistency_sheet",
    "coverage",
    "cumulative_regret",
    "effective_formats",
    "forced_curve",
    "format_history",
    "majority_sheet",
    "match_temperature",
    "normalised_regret",
    "paired_figures",
    "perplexities",
    "spread",
    "token_entropy",
    "tokens_to_reach",
    "written_samples",
]
