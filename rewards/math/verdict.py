"""What a comparison says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended. Only `CORRECT` pays."""

    CORRECT = "correct"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"  # the completion states none, or several that disagree
    UNPARSED = "unparsed"  # it states one that cannot be read and is not the reference's own text
    TIMEOUT = "timeout"  # it could be read, but its value is beyond the budget
    BAD_REFERENCE = "bad_reference"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, the rule that decided (`same text`, `number`, `interval`, ...) and both canonical forms."""

    outcome: Outcome
    rule: str
    predicted: str = ""
    reference: str = ""
    detail: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer equals the reference."""
        return self.outcome is Outcome.CORRECT


class Unreadable(ValueError):  # noqa: N818 - a state of the text, told to the caller
    """The text is no mathematics that the parser knows; the message says what stopped it."""


class OverBudget(ValueError):  # noqa: N818
    """Reading or evaluating would cost more than the budget allows; the message names the limit."""
