"""The reward `reasoning_gym`: a task's own scorer, with its credit for wrong answers cut off."""

from __future__ import annotations

from typing import Any

from rewards.contract import Score, Status
from rewards.define import reward
from rewards.places import NoAnswer
from rewards.reasoning_gym.extract import Where, raw_credit, read_answer, read_entry, scorer


@reward("reasoning_gym", domain="reasoning", range=(0.0, 1.0), cost="isolated", imports=("reasoning_gym",))
def reasoning_gym(
    completion: str,
    entry: Any,
    *,
    task: str,
    where: Where = "tag",
    tag: str = "answer",
    full_only: bool = False,
    min_credit: float = 0.1,
    prefilled: bool = False,
) -> Score:
    """Pay what the task's own scorer gives, from 0 to 1; `entry` holds question, answer and metadata.

    Many scorers pay 0.01 to 0.05 for any wrong answer that can be read. Group-normalised advantages blow
    such a difference up to full size, so credit below `min_credit` pays 0; `full_only` pays only for a
    perfect answer.
    """
    known = read_entry(entry, task)
    try:
        answer = read_answer(completion, where, tag, prefilled)
        raw = raw_credit(task, answer, known)
    except NoAnswer as why:
        return Score(0.0, Status.UNPARSED, reason=str(why))
    paid = raw if raw >= (1.0 if full_only else min_credit) else 0.0
    reason = "" if raw == 1.0 else f"the task's scorer gave {raw:g} to {answer[:60]!r}"
    return Score(paid, parts={"raw": raw}, reason=reason)


def validate_reasoning_gym(*, task: str, **_: Any) -> None:
    """Refuse a task that the package does not have. Raises `RewardError`."""
    scorer(task)
