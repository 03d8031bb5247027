"""Say how `math` read a completion and its reference, with the reward's own code."""

from __future__ import annotations

from typing import Any

from rewards.errors import BadReference
from rewards.explain import Explanation
from rewards.math.extract.find import Where
from rewards.math.grade import grade
from rewards.math.options import Options, PercentPolicy, UnitPolicy
from rewards.math.reference import read_references
from rewards.math.reward import reason
from rewards.math.show import show

PLACES = {
    "box": r"the last \boxed{...}",
    "boxes": r"the last boxes, which make one list",
    "tag": "the last <answer>...</answer>",
    "hash": "the last `#### ...`",
    "announced": "an announced answer",
    "final sentence": "the final sentence",
    "last number": "the last number of the text",
    "whole text": "the whole text",
}


def explain_math(
    completion: str,
    answer: Any,
    *,
    units: UnitPolicy,
    percent: PercentPolicy,
    ordered: bool,
    tolerance: float,
    rounding: bool,
    names: bool,
    relation_as_set: bool,
    sympy: bool,
    where: Where,
    last_number: bool,
    prefilled: bool,
) -> Explanation:
    """Explain one completion; the arguments are those of `math`."""
    try:
        references = read_references(answer)
    except BadReference as why:
        return Explanation(rule=f"The reference is unusable: {why}.", prefilled=prefilled)
    options = Options(units, percent, ordered, tolerance, rounding, names, relation_as_set, sympy)
    graded = grade(completion, answer, options, where=where, last_number=last_number, prefilled=prefilled)
    found, verdict = graded.found, graded.verdict
    place = "No answer was found." if found is None else f"Found in {PLACES.get(found.rule, found.rule)}."
    forms = {"tag": "<answer>{}</answer>", "hash": "#### {}", "statement": "The answer is {}.", "whole": "{}"}
    return Explanation(
        span=None if found is None else (found.start, found.end),
        read_gold=" or ".join(show(one.node) for one in references),
        read_prediction=verdict.predicted or None,
        rule=f"{place} {reason(graded)}.",
        lines=(f"outcome: {verdict.outcome.value}", f"rule: {verdict.rule}"),
        would_pay=tuple(forms.get(where, r"\boxed{{}}").replace("{}", one.text) for one in references),
        prefilled=prefilled,
    )
