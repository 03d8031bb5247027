"""Read a reasoning-gym entry and the text that answers it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from rewards.errors import BadReference, RewardError, unknown_name
from rewards.places import NoAnswer, last_box, last_tag, spoken_part

Where = Literal["tag", "boxed", "whole"]


BOARD_TASKS = ("arc_agi", "rearc")
"""Their scorers compare boards as tuples of tuples, which JSON turns into lists."""


def read_entry(entry: Any, task: str) -> dict[str, Any]:
    """Return the task's entry from a mapping or JSON text. Raises `BadReference`."""
    if isinstance(entry, str):
        try:
            entry = json.loads(entry)
        except ValueError as error:
            raise BadReference(f"the entry is not JSON ({error})") from error
    if not isinstance(entry, Mapping):
        raise BadReference(
            f"the entry is a {type(entry).__name__}, not an object with question, answer, metadata"
        )
    missing = [key for key in ("answer", "metadata") if key not in entry]
    if missing:
        raise BadReference(f"the entry has no `{missing[0]}`")
    if task in BOARD_TASKS:
        metadata = dict(entry["metadata"])
        return {**entry, "metadata": metadata | {"output": tuple(map(tuple, metadata["output"]))}}
    return dict(entry)


def read_answer(completion: str, where: Where, tag: str, prefilled: bool) -> str:
    """Return the answer's text, trimmed. Raises `NoAnswer`."""
    text = spoken_part(completion, prefilled)
    found = last_tag(text, tag) if where == "tag" else last_box(text) if where == "boxed" else text
    if not found.strip():
        raise NoAnswer("the answer is empty")
    return found.strip()


@cache
def scorer(task: str) -> Callable[[str, dict[str, Any]], float]:
    """Return the scorer of `task`. Raises `RewardError` if the package or the task is missing."""
    try:
        from reasoning_gym.factory import DATASETS, get_score_answer_fn
    except ImportError as error:
        raise RewardError(
            f"the reward `reasoning_gym` needs the package reasoning-gym ({error}); "
            "install it with `pip install 'reasoners[gym]'`."
        ) from error
    import reasoning_gym  # noqa: F401 - importing the package registers its tasks

    if task not in DATASETS:
        raise RewardError(unknown_name("reasoning-gym task", task, DATASETS))
    score: Callable[[str, dict[str, Any]], float] = get_score_answer_fn(task)
    return score


def raw_credit(task: str, answer: str, entry: dict[str, Any]) -> float:
    """Return what the task's scorer gives.

    Some scorers raise on an answer they cannot read. Where the same scorer takes the entry's own answer, the
    completion is at fault and not the scorer.

    Raises:
        NoAnswer: the scorer cannot read the answer.
    """
    score = scorer(task)
    try:
        credit = float(score(answer, entry))
    except Exception as error:  # a scorer may raise anything; whose fault it is, the next line finds out
        score(entry["answer"], entry)
        raise NoAnswer(f"the task's scorer cannot read {answer[:60]!r}: {error}") from error
    if not math.isfinite(credit):
        raise ValueError(f"the task's scorer gave {credit} to {answer[:60]!r}")
    return min(credit, 1.0)
