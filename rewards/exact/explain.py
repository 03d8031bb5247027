"""Say how `exact` read a completion and its label, with the reward's own code."""

from __future__ import annotations

from typing import Any

from rewards.exact.extract import Mode, comparable, label_text, stated_text
from rewards.exact.reward import folds, reference_label
from rewards.explain import Explanation, attempt, span_of

FORMS = {
    "exact": "byte for byte",
    "normalised": "NFKC, blanks collapsed, surrounding punctuation dropped",
    "tagged": "trimmed",
}


def explain_exact(
    completion: str,
    answer: Any,
    *,
    mode: Mode,
    labels: list[str] | None,
    tag: str,
    ignore_case: bool | None,
    prefilled: bool,
) -> Explanation:
    """Explain one completion; the arguments are those of `exact`."""
    fold = folds(mode, ignore_case)
    gold, bad = attempt(lambda: reference_label(label_text(answer), labels, mode, fold))
    stated, missing = attempt(lambda: stated_text(completion, mode, tag, prefilled))
    got = None
    if stated is not None:
        got, missing = attempt(lambda: comparable(stated[0], mode, fold))
    if bad:
        rule = f"The reference is unusable: {bad}."
    elif got is None or gold is None or stated is None:
        rule = f"No answer was found: {missing}."
    else:
        place = f"the last <{tag}>...</{tag}>" if mode == "tagged" and stated[1] else "the whole text"
        same = "equal" if got == gold[0] else "different"
        rule = f"Read from {place}; compared as texts ({_form(mode, fold)}): {same}."
    return Explanation(
        span=span_of(lambda text: stated_text(text, mode, tag, prefilled)[0], completion),
        read_gold=None if gold is None else gold[0],
        read_prediction=got,
        rule=rule,
        lines=() if gold is None or gold[1] is None else (f"labels: {', '.join(sorted(gold[1]))}",),
        would_pay=(str(answer), f"<{tag}>{answer}</{tag}>"),
        prefilled=prefilled,
        reads_thinking=mode == "exact",
    )


def _form(mode: Mode, fold: bool) -> str:
    return FORMS[mode] + (", case ignored" if fold else "")
