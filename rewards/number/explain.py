"""Say how `number` read a completion and its reference, with the reward's own code."""

from __future__ import annotations

from typing import Any

from rewards.explain import Explanation, attempt, span_of
from rewards.number.extract import Where, auto_place, final_statement, find_phrase
from rewards.number.parse import Percent, parse_number
from rewards.number.reward import reference_number, show
from rewards.places import spoken_part

PLACES = {
    "boxed": "the last \\boxed{...}",
    "hash": "the last `#### ...`",
    "tag": "the last <{tag}>...</{tag}>",
    "marker": "all after the last {marker!r}",
    "last": "the last number of the text",
    "whole": "the whole text",
    "statement": "the one final statement",
}


def explain_number(
    completion: str,
    answer: Any,
    *,
    where: Where,
    marker: str,
    tag: str,
    percent: Percent,
    units: tuple[str, ...],
    prefilled: bool,
) -> Explanation:
    """Explain one completion; the arguments are those of `number`."""
    gold, bad = attempt(lambda: reference_number(answer, percent, units))
    phrase, missing = attempt(lambda: find_phrase(completion, where, marker, tag, prefilled))
    got = None if phrase is None else parse_number(phrase, percent, units)
    place = _place(completion, where, marker, tag, prefilled)
    if bad:
        rule = f"The reference is unusable: {bad}."
    elif missing:
        rule = f"No answer was found: {missing}."
    elif got is None:
        rule = f"Found in {place}, but it is not one number and nothing else."
    else:
        rule = f"Found in {place}; compared as exact fractions: {'equal' if got == gold else 'different'}."
    return Explanation(
        span=span_of(lambda text: find_phrase(text, where, marker, tag, prefilled), completion),
        read_gold=None if gold is None else show(gold),
        read_prediction=None if got is None else show(got),
        rule=rule,
        would_pay=() if gold is None else _forms([str(answer).strip(), show(gold)], where, marker, tag),
        prefilled=prefilled,
    )


def _place(completion: str, where: Where, marker: str, tag: str, prefilled: bool) -> str:
    text, _ = attempt(lambda: spoken_part(completion, prefilled))
    name: str = where
    if where == "auto" and text is not None:
        name = auto_place(text, tag)
        if name == "whole" and attempt(lambda: final_statement(text))[0]:
            name = "statement"
    return PLACES.get(name, "the text").replace("{tag}", tag).replace("{marker!r}", repr(marker))


def _forms(golds: list[str], where: Where, marker: str, tag: str) -> tuple[str, ...]:
    shapes = {"hash": "#### {}", "tag": f"<{tag}>{{}}</{tag}>", "marker": f"{marker} {{}}"}
    shapes |= {"last": "{}", "whole": "{}"}
    return tuple(shapes.get(where, "\\boxed{{}}").replace("{}", gold) for gold in golds)
