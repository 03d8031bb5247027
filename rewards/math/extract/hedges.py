"""What turns a stated value into none: a second candidate, a denial, a bound, a case distinction."""

from __future__ import annotations

import re

from rewards.math.extract.segments import Window
from rewards.math.extract.values import Value, values
from rewards.math.extract.words import CONDITION, DOUBT, NEGATION, SUBORDINATE
from rewards.places import NoAnswer

EITHER = re.compile(
    r"(?<![A-Za-z])(?:or|maybe|perhaps|alternatively|unless|oder|ou|o)(?![A-Za-z])|或|или|또는|أو|か(?=\s*[0-9\\\ue000])"
)
BEFORE = re.compile(rf"(?:{EITHER.pattern})\W*\Z")
RESTATED = r"(?:more|less|so|fewer|about|approximately|roughly|equivalently|simply|in other words)"
AFTER = re.compile(rf"\W*(?:{EITHER.pattern})(?!,? {RESTATED}(?![a-z]))")
AFTERTHOUGHT = re.compile(r"(?<![A-Za-z])(?:could|may|might)(?: [a-z]+)? (?:be|equal)\W*\Z", re.IGNORECASE)
ARITHMETIC = re.compile(
    r" (?:times|plus|minus|over|divided by|multiplied by|(?:more|less|fewer) than) [0-9$\ue000]"
)
JOINED = re.compile(r"(?: [a-z]+){1,3},? (?:and|plus)[ $]+")
"""Between two values of one statement: `12 apples and 13 oranges`."""
RANGE = re.compile(r"\s*(?:to|through|until)\s+[0-9$\ue000]")
BOUND = re.compile(
    r"(?<![A-Za-z])(?:(?:less|greater|more|fewer|larger|smaller|higher|lower|bigger|other) than"
    r"|at (?:least|most)|between|above|below|up to|under|exceeds?|different from|(?:could|may|might) (?:be|equal)"
    r"|mindestens|höchstens|au moins|au plus)\W*\Z",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\W{0,3}\s?(?:(?:is|are|was|were|can|could|does|do|must|will|seems)(?: |n['\u2019]t )?"
    r"(?:not|n['\u2019]t|wrong|false|incorrect)"
    r"|cannot|can['\u2019]t|isn['\u2019]t|不是|ist nicht|n['\u2019]est pas|no es)",
    re.IGNORECASE,
)
NEXT_CASE = re.compile(r"(?:and|or|but|otherwise|else|,|;)\s*\Z")
LETTER = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z'\u2019])")


def refuse_hedge(view: Window, start: int, value: Value, end: int) -> None:
    """Raise `NoAnswer` if the words right around a value make it one of several, a bound, or deny it."""
    prose = view.prose
    if BEFORE.search(prose, start, value.start) or AFTER.match(prose, value.end, end):
        raise NoAnswer("the statement names several candidates")
    if ARITHMETIC.match(prose, value.end, end):
        raise NoAnswer("the value is one of several that words put together")
    later = [v for v in values(view, value.end, end) if v.text != value.text]
    if later and JOINED.fullmatch(prose, value.end, later[0].start):
        raise NoAnswer("the statement counts several things")
    if any(AFTERTHOUGHT.search(prose, value.end, v.start) for v in later):
        raise NoAnswer("the statement names another candidate behind the first")
    if BOUND.search(prose, start, value.start) or RANGE.match(prose, value.end, end):
        raise NoAnswer("the statement gives a bound, not a value")
    if NEGATION.search(prose, max(start, value.start - 30), value.start) or DENIED.match(
        prose, value.end, end
    ):
        raise NoAnswer("the last statement is a negation or a condition")


def leading_value(view: Window, found: list[Value], end: int) -> Value:
    """Return the value a phrase begins with; others may only follow in a clause of their own.

    Raises:
        NoAnswer: "5 apples or 6 pears", "5 if n is odd and 6 if n is even".
    """
    others = [v for v in found[1:] if v.text != found[0].text]
    cut = SUBORDINATE.search(view.prose, found[0].end, end)
    same_clause = any(cut is None or v.start < cut.start() for v in others)
    several = same_clause and EITHER.search(view.prose, found[0].end, others[0].start)
    condition = CONDITION.match(view.prose, found[0].end + 1, end)
    if several or (condition and any(NEXT_CASE.search(view.prose, found[0].end, v.start) for v in others)):
        raise NoAnswer("the final statement names several candidates")
    return found[0]


def refuse_doubt(view: Window, later: list[tuple[int, int]], want: str) -> None:
    """Raise `NoAnswer` if a later sentence brings another candidate: "Or maybe 6." """
    for start, end in later:
        if DOUBT.match(view.prose, start, end) and (
            values(view, start, end) or (want == "choice" and LETTER.search(view.prose, start, end))
        ):
            raise NoAnswer("another candidate follows the stated answer")
