"""Extract, parse, compare: the whole way from a completion and a reference to a verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from rewards.errors import BadReference
from rewards.math import budget
from rewards.math.compare import compare
from rewards.math.extract.choice import chosen_letter, stated_letter
from rewards.math.extract.find import Where, find_answer
from rewards.math.extract.found import Found
from rewards.math.extract.words import STRONG
from rewards.math.options import Options
from rewards.math.parse import parse
from rewards.math.reference import Reference, read_references
from rewards.math.show import show
from rewards.math.tree import Choice, Node, Text
from rewards.math.verdict import Outcome, OverBudget, Unreadable, Verdict
from rewards.places import NoAnswer

SPOKEN = ("announced", "final sentence", "whole text")
RANK = (Outcome.CORRECT, Outcome.WRONG, Outcome.TIMEOUT, Outcome.UNPARSED, Outcome.NO_ANSWER)
DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Graded:
    """A verdict with what it is about: where the answer was found. `found` is None if there is none."""

    verdict: Verdict
    found: Found | None = None


def grade(
    completion: str,
    answer: Any,
    options: Options = DEFAULT,
    *,
    where: Where = "auto",
    last_number: bool = False,
    prefilled: bool = False,
) -> Graded:
    """Say whether a completion states the reference answer.

    Total: any text gets a verdict within the work budget, and nothing in it is executed.

    Args:
        completion: the final message, thinking included; see `find_answer` for the rest.
        answer: the reference, see `read_references`; of a list of alternatives one must be met.
        options: how strictly the two are compared.
        where: where the answer must stand.
        last_number: take the last number where nothing is stated.
        prefilled: the chat template opened the thinking.
    """
    try:
        references = read_references(answer)
    except BadReference as why:
        return Graded(Verdict(Outcome.BAD_REFERENCE, "reference", detail=str(why)))
    graded = [_grade(completion, one, options, where, last_number, prefilled) for one in references]
    return min(graded, key=lambda one: RANK.index(one.verdict.outcome))


def check_answer(predicted: str, answer: Any, options: Options = DEFAULT) -> Verdict:
    """Compare a bare answer, such as the content of a box, with the reference."""
    try:
        references = read_references(answer)
    except BadReference as why:
        return Verdict(Outcome.BAD_REFERENCE, "reference", detail=str(why))
    verdicts = [judge(one, predicted, options) for one in references]
    return min(verdicts, key=lambda one: RANK.index(one.outcome))


def _grade(
    completion: str, reference: Reference, options: Options, where: Where, last_number: bool, prefilled: bool
) -> Graded:
    try:
        found = find_answer(
            completion, where, want=reference.want, last_number=last_number, prefilled=prefilled
        )
    except NoAnswer as why:
        return Graded(Verdict(Outcome.NO_ANSWER, "extraction", reference=reference.text, detail=str(why)))
    verdict = judge(reference, found.text, options, found.narrower, spoken=found.rule in SPOKEN)
    if verdict.correct and any(_contradicts(reference, rival, options) for rival in found.rivals):
        verdict = replace(
            verdict, outcome=Outcome.NO_ANSWER, rule="extraction", detail="the final statements disagree"
        )
    return Graded(verdict, found)


def judge(
    reference: Reference, text: str, options: Options, narrower: str | None = None, spoken: bool = False
) -> Verdict:
    """Compare one phrase with a reference.

    Args:
        reference: the reference, read.
        text: the phrase.
        options: how strictly the two are compared.
        narrower: its formula alone, read where the phrase is words.
        spoken: the phrase is a sentence, in which the letter of an option may stand anywhere.
    """
    if " ".join(text.split()) == " ".join(reference.text.split()):
        return Verdict(Outcome.CORRECT, "same text", reference.text, reference.text)
    if reference.want == "choice":
        letter = chosen_letter(text) if spoken or STRONG.search(text[:200]) else stated_letter(text)
        if letter is not None:
            return _compared(reference, Choice(letter), options)
    said = (_words(text), _words(narrower or text))
    if isinstance(reference.node, Text) and _words(reference.node.words) in said:
        return Verdict(Outcome.CORRECT, "same words", text, reference.text)
    try:
        return _compared(reference, read_phrase(text, narrower, reference.want == "text"), options)
    except (Unreadable, OverBudget) as why:  # `compare` itself says where a value is beyond the budget
        return Verdict(Outcome.UNPARSED, "parser", text[:200], reference.text, str(why))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"\\[A-Za-z]+", " ", text[: budget.MAX_CHARACTERS]).casefold())


def _compared(reference: Reference, node: Node, options: Options) -> Verdict:
    verdict = compare(reference.node, node, options)
    return replace(verdict, predicted=show(node), reference=show(reference.node))


def read_phrase(text: str, narrower: str | None, words: bool = False) -> Node:
    """Return the tree of a phrase, of its formula alone if the words around it cannot be read.

    Raises:
        Unreadable: neither can be.
        OverBudget: it is too large.
    """
    try:
        node = parse(text)
    except Unreadable:
        if narrower is None or narrower == text:
            raise
        return parse(narrower)
    if isinstance(node, Text) and narrower is not None and not words:
        return parse(narrower)
    return node


def _contradicts(reference: Reference, rival: str, options: Options) -> bool:
    """Whether another final statement says something that can be read and is not the reference."""
    if judge(reference, rival, options, spoken=True).correct:
        return False
    if reference.want == "choice":
        return (stated_letter(rival) or chosen_letter(rival)) is not None
    try:
        return reference.want == "value" and not isinstance(parse(rival), Text)
    except (Unreadable, OverBudget):
        return False
