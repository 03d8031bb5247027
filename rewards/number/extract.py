"""Find the one phrase in which a completion states its number.

Strict by design: the last number of a text is no answer unless it is asked for. A model that is paid for the
last number learns to put the right one last, in a sentence that is false.
"""

from __future__ import annotations

import re
from typing import Literal

from rewards.places import (
    NoAnswer,
    after_last,
    has_box,
    has_tag,
    last_box,
    last_match,
    last_tag,
    spoken_part,
)

Where = Literal["auto", "boxed", "hash", "tag", "marker", "last", "whole"]
HASH = re.compile(r"####(?!#)[ \t]*+(?![*_ ]{0,8}[A-Za-z])([^\n]*)")
SENTENCE_END = re.compile(r"\n|(?<=[.!])[ \t]")
LAST = re.compile(r"(?<![\w.,/])[+\-\u2212]?\$?[0-9][0-9.,/]*%?|(?<![\w.,/])[+\-\u2212]?\.[0-9]+%?")
EDGE = r"[*_`\"]{0,4} ?"
STATEMENT = re.compile(
    rf"[#>\- ]{{0,8}}{EDGE}(?:(?:so|thus|hence|therefore|finally|then|and),? )?{EDGE}(?:(?:the|my|our) )?"
    rf"{EDGE}(?:(?:final|correct|right) )?answer{EDGE}(?:is:?|:|=){EDGE}(?P<phrase>.*)",
    re.IGNORECASE,
)
HEADING = re.compile(
    rf"(?:#{{1,6}} {EDGE}|(?:\*\*|__))(?:(?:the|my|our) )?(?:(?:final|correct) )?answer[:.]?{EDGE}",
    re.IGNORECASE,
)
"""A line of its own over the answer: `### Final Answer`, `**Answer**`."""
EMPHASIS = ("*", "_", "`", '"')
SHOWN = 60


def find_phrase(
    completion: str, where: Where, marker: str = ":", tag: str = "answer", prefilled: bool = False
) -> str:
    r"""Return the phrase that should be a number.

    Args:
        completion: the final message, thinking included; the thinking is never searched.
        where: "auto" takes the first that there is of: the last `\boxed{}`, the last `####`, the last tag,
            one final statement ("The answer is 42."), the whole text. Other values look in one place only.
        marker: for where="marker": the number is everything after the last one.
        tag: the tag's name.
        prefilled: the chat template opened a thinking block, so all is thinking until it is closed.

    Raises:
        NoAnswer: nothing is stated there, or the statements disagree.
    """
    text = spoken_part(completion, prefilled)
    place = auto_place(text, tag) if where == "auto" else where
    if place == "boxed":
        return last_box(text)
    if place == "tag":
        return last_tag(text, tag)
    if place == "hash":
        return last_hash(text)
    if place == "marker":
        return after_last(text, marker)
    if place == "last":
        return last_number(text)
    return (final_statement(text) or text) if where == "auto" else text


def auto_place(text: str, tag: str) -> Where:
    """Return the place where "auto" looks; "whole" is one final statement, else the whole text."""
    if has_box(text):
        return "boxed"
    if HASH.search(text):
        return "hash"
    return "tag" if has_tag(text, tag) else "whole"


def last_hash(text: str) -> str:
    """Return what follows the last `####` on its line; a heading in words is none. Raises `NoAnswer`."""
    found = last_match(HASH, text)
    if found is None:
        raise NoAnswer("there is no `#### number`")
    return found[1]


def last_number(text: str) -> str:
    """Return the last thing that looks like a number, wherever it stands. Raises `NoAnswer`."""
    found = last_match(LAST, text)
    if found is None:
        raise NoAnswer("there is no number")
    return found[0].rstrip(".,/")


def final_statement(text: str) -> str | None:
    """Return the phrase of the one final statement, or None if there is no statement with a digit.

    Raises:
        NoAnswer: statements disagree, or more numbers follow the last one.
    """
    sentences = [" ".join(s.split()) for s in SENTENCE_END.split(text) if s and not s.isspace()]
    claims: dict[str, str] = {}
    for at, sentence in enumerate(sentences):
        match = STATEMENT.fullmatch(sentence)
        if match is None and HEADING.fullmatch(sentence) is None:
            continue
        said = _phrase(match["phrase"]) if match else ""
        phrase = said or (sentences[at + 1] if at + 1 < len(sentences) else "")
        if _has_digit(phrase):
            claims[phrase.strip('*_`". ')] = phrase
            later = sentences[at + 1 if said else at + 2 :]
    if not claims:
        return None
    if len(claims) > 1:
        shown = " and ".join(f"`{c:.{SHOWN}}`" for c in list(claims)[:2])
        raise NoAnswer(f"the statements disagree: {shown}")
    if any(_has_digit(sentence) for sentence in later):
        raise NoAnswer("more numbers follow the stated answer")
    return next(iter(claims.values()))


def _phrase(text: str) -> str:
    """Return a phrase without the emphasis that began before it: `**Answer: 42**` states `42`."""
    return text if text.startswith(EMPHASIS) else text.removesuffix(".").rstrip('*_`" ')


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)
