"""Say how `reasoning_gym` read a completion. The task's scorer is not run again: its credit is in the parts."""

from __future__ import annotations

from typing import Any

from rewards.explain import Explanation, attempt, span_of
from rewards.reasoning_gym.extract import Where, read_answer, read_entry

PLACES = {"tag": "the last <{tag}>...</{tag}>", "boxed": "the last \\boxed{...}", "whole": "the whole text"}
SHAPES = {"tag": "<{tag}>{}</{tag}>", "boxed": "\\boxed{{}}", "whole": "{}"}


def explain_reasoning_gym(
    completion: str,
    entry: Any,
    *,
    task: str,
    where: Where,
    tag: str,
    full_only: bool,
    min_credit: float,
    prefilled: bool,
) -> Explanation:
    """Explain one completion; the arguments are those of `reasoning_gym`."""
    known, bad = attempt(lambda: read_entry(entry, task))
    got, missing = attempt(lambda: read_answer(completion, where, tag, prefilled))
    needed = "1" if full_only else f"{min_credit:g}"
    if bad:
        rule = f"The reference is unusable: {bad}."
    elif missing:
        rule = f"No answer was found: {missing}."
    else:
        place = PLACES[where].replace("{tag}", tag)
        rule = f"Read from {place}; the scorer of {task} decides, and credit below {needed} pays 0."
    gold = None if known is None or known["answer"] is None else str(known["answer"])
    return Explanation(
        span=span_of(lambda text: read_answer(text, where, tag, prefilled), completion),
        read_gold=gold,
        read_prediction=got,
        rule=rule,
        would_pay=() if gold is None else (SHAPES[where].replace("{tag}", tag).replace("{}", gold),),
        prefilled=prefilled,
    )
