"""What the samples of a problem answer: one form per answer, and how often it was given.

A rough reading, for distributions only: the verifier has decided what is right, and nothing here is paid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from rewards.places import NoAnswer, after_last, has_box, has_tag, last_box, last_match, last_tag

TAIL = 2000
"""Characters at the end of a completion in which an answer is looked for."""
NUMBER = re.compile(r"[+\-\u2212]?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?")
OPTION = re.compile(r"\(?([A-Za-z])\)?[.:]?")
SAID = re.compile(r"answer\s*(?:is|:|=)+", re.IGNORECASE)
LONGEST = 120
MOST_DIGITS = 40
RIGHT_READ = 8
"""Right samples whose form is read: the right answer has few forms, and a handful shows them."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one problem.

    Attributes:
        problem_id: the problem.
        right: forms of the right answer: what samples judged correct state, the commonest first, then the reference.
        correct: how many samples were judged correct.
        wrong: form -> how many samples gave it and were judged wrong.
        unread: samples in which no answer was found, or a verifier failed.
    """

    problem_id: str
    right: tuple[str, ...] = ()
    correct: int = 0
    wrong: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0

    @property
    def read(self) -> int:
        """The samples whose answer is known."""
        return self.correct + sum(self.wrong.values())

    @property
    def distinct(self) -> int:
        """How many different answers were given; all right ones are one."""
        return len(self.wrong) + (self.correct > 0)


def read_answers(
    problem_id: str, samples: Iterable[tuple[str, bool | None]], reference: str | None = None
) -> Answers:
    """Return the answers of one problem's samples.

    Args:
        problem_id: the problem.
        samples: text and verdict of each; None for a sample that was masked.
        reference: the reference answer, if it is text or a number.
    """
    correct = unread = 0
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for text, verdict in samples:
        correct += verdict is True
        if verdict is True and correct > RIGHT_READ:
            continue
        form = None if verdict is None else stated_answer(text)
        if form is not None:
            (right if verdict else wrong)[form] += 1
        elif not verdict:
            unread += 1
    forms = [form for form, _ in right.most_common()]
    known = normal(reference) if reference else None
    return Answers(
        problem_id, tuple(dict.fromkeys([*forms, known] if known else forms)), correct, dict(wrong), unread
    )


def stated_answer(text: str) -> str | None:
    r"""Return the normal form of the answer a completion states, or None.

    Read, in this order: the last `\boxed{}`, the last `<answer>` tag, after the last `####`, after the last "answer
    is", a text of at most 120 characters without a line break, the last number.
    """
    tail = text[-TAIL:]
    try:
        if has_box(tail):
            return normal(last_box(tail))
        if has_tag(tail, "answer"):
            return normal(last_tag(tail, "answer"))
        if "####" in tail:
            return normal(after_last(tail, "####").partition("\n")[0])
    except NoAnswer:
        return None
    said = last_match(SAID, tail)
    if said is None:
        return _unmarked(tail.strip())
    return normal(tail[said.end() :].strip().partition("\n")[0].partition(". ")[0])


def _unmarked(text: str) -> str | None:
    option = OPTION.fullmatch(text)
    if option:
        return option[1].lower()
    numbers = NUMBER.findall(text)
    if numbers:
        return normal(numbers[-1])
    return normal(text) if len(text) <= LONGEST and "\n" not in text else None


@lru_cache(maxsize=1 << 16)
def normal(text: str) -> str | None:
    """Return one form for answers that differ in spelling only: `(B).` is b, `1,000.0` and `2000/2` are 1000."""
    plain = text.strip().strip("$*_`\"' ").rstrip(".").strip("$*_`\"' ").lower()
    option = OPTION.fullmatch(plain)
    if option:
        return option[1]
    if NUMBER.fullmatch(plain) and len(plain) <= MOST_DIGITS:
        try:
            return str(Fraction(plain.replace(",", "").replace("\u2212", "-")))
        except (ValueError, ZeroDivisionError):
            return plain
    return " ".join(plain.split())[:LONGEST] or None
