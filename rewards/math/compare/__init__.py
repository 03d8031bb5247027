"""Compare a parsed answer with the parsed reference, by rules from the cheapest to the most costly.

The comparison is not symmetric where it must not be: a reference may be a rounded decimal, an answer may state its
name. `values` says when rounding counts, `relations` what an equation says, `sequences` when order does, `quantities`
what a unit on one side means.
"""

from __future__ import annotations

from rewards.math.compare.context import Context, Match
from rewards.math.compare.dispatch import dispatch
from rewards.math.options import Options
from rewards.math.tree import Node
from rewards.math.verdict import Outcome, OverBudget, Verdict

__all__ = ["compare"]
_DEFAULT = Options()


def compare(reference: Node, predicted: Node, options: Options = _DEFAULT) -> Verdict:
    """Return whether the predicted answer is the reference, and the rule that decided.

    Never raises. An answer whose value is beyond the budget is `TIMEOUT`. A pair that no rule decides is `WRONG` by
    the rule `undecided`. The verdict's canonical forms are left empty, for whoever has the trees can print them.
    """
    try:
        found = Context(options, dispatch).match(reference, predicted)
    except (OverBudget, RecursionError) as why:
        return Verdict(Outcome.TIMEOUT, "over budget", detail=str(why))
    return _verdict(found)


def _verdict(found: Match) -> Verdict:
    if found.equal is None:
        return Verdict(Outcome.WRONG, "undecided", detail=found.rule)
    return Verdict(Outcome.CORRECT if found.equal else Outcome.WRONG, found.rule)
