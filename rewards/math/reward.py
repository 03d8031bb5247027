"""The reward `math`: the stated answer equals the reference, as mathematics."""

from __future__ import annotations

from typing import Any

from rewards.contract import Score, Status
from rewards.define import reward
from rewards.errors import BadReference
from rewards.math.extract.find import Where
from rewards.math.grade import Graded, grade
from rewards.math.options import Options, PercentPolicy, UnitPolicy
from rewards.math.verdict import Outcome

STATUS = {
    Outcome.CORRECT: Status.SCORED,
    Outcome.WRONG: Status.SCORED,
    Outcome.NO_ANSWER: Status.UNPARSED,
    Outcome.UNPARSED: Status.UNPARSED,
    Outcome.TIMEOUT: Status.TIMEOUT,
}
SHOWN = 80


@reward("math", domain="math", range=(0.0, 1.0), cost="inline")
def math(
    completion: str,
    answer: Any,
    *,
    units: UnitPolicy = "lenient",
    percent: PercentPolicy = "drop",
    ordered: bool = False,
    tolerance: float = 0.0,
    rounding: bool = True,
    names: bool = False,
    relation_as_set: bool = True,
    sympy: bool = False,
    where: Where = "auto",
    last_number: bool = False,
    prefilled: bool = False,
) -> Score:
    r"""Pay 1 if the completion states the reference `answer`, in whatever form it is written, else 0.

    The answer is looked for after the thinking: the last of \boxed{}, <answer> and ####, else an announced answer
    or the value of the final sentence; `where` asks for one place, `last_number` allows the last number as a last
    resort, `prefilled` says that the chat template opens the thinking. `units`, `percent`, `ordered`, `tolerance`
    (relative), `rounding` (of a decimal reference), `names` (of the left side of x = 3), `relation_as_set` and
    `sympy` (as a last resort) say how strictly two answers are compared: see `rewards.math.options.Options`.
    """
    options = Options(units, percent, ordered, tolerance, rounding, names, relation_as_set, sympy)
    graded = grade(completion, answer, options, where=where, last_number=last_number, prefilled=prefilled)
    if graded.verdict.outcome is Outcome.BAD_REFERENCE:
        raise BadReference(graded.verdict.detail)
    return Score(float(graded.verdict.correct), STATUS[graded.verdict.outcome], reason=reason(graded))


def reason(graded: Graded) -> str:
    """Return one line: what was found where, both forms, and the rule that decided."""
    verdict, found = graded.verdict, graded.found
    place = f"{found.rule}: " if found is not None else ""
    if verdict.outcome in (Outcome.CORRECT, Outcome.WRONG):
        relation = "is" if verdict.correct else "is not"
        tail = f"; {verdict.detail}" if verdict.detail else ""
        return f"{place}{_cut(verdict.predicted)} {relation} {_cut(verdict.reference)} (by {verdict.rule}){tail[:200]}"
    return f"{place}{verdict.outcome.value.replace('_', ' ')}: {verdict.detail[:200]}"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
