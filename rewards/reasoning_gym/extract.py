"""Read a reasoning-gym entry and the text that answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from rewards.errors import BadReference, RewardError, unknown_name
from rewards.places import last_box, last_tag, spoken_part

Where = Literal["tag", "boxed", "whole"]


def read_entry(entry: Any) -> dict[str, Any]:
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
    return dict(entry)


def read_answer(completion: str, where: Where, tag: str) -> str:
    """Return the answer's text, trimmed. Raises `NoAnswer`."""
    text = spoken_part(completion)
    found = last_tag(text, tag) if where == "tag" else last_box(text) if where == "boxed" else text
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
