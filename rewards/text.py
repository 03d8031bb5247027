"""Reading a completion: the final assistant message, its thinking block, its tool calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rewards.contract import Message, Rollout

THINK_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
THINK_START = re.compile(r"<think(?:ing)?>", re.IGNORECASE)


def as_messages(completion: str | Sequence[Message]) -> list[Message]:
    """Return the completion as chat turns; plain text becomes one assistant turn."""
    if isinstance(completion, str):
        return [{"role": "assistant", "content": completion}]
    return list(completion)


def content_text(content: Any) -> str:
    """Return the text of a message's `content`: a string, None, or a list of typed blocks."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "".join(str(b.get("text") or "") for b in content if isinstance(b, Mapping))
    return str(content)


def final_text(completion: str | Sequence[Message]) -> str:
    """Return the text of the last assistant turn, thinking included; empty if there is none."""
    if isinstance(completion, str):
        return completion
    for message in reversed(completion):
        if message.get("role", "assistant") == "assistant":
            return content_text(message.get("content"))
    return ""


def tool_calls(rollout: Rollout) -> list[Mapping[str, Any]]:
    """Return every structured tool call that the assistant made, in order. Prose is never searched for calls."""
    turns = [m for m in as_messages(rollout.completion) if m.get("role", "assistant") == "assistant"]
    return [call for turn in turns for call in (turn.get("tool_calls") or [])]


def answer_part(completion: str, prefilled: bool = False) -> str | None:
    """Return what follows the thinking block.

    A block that is opened and never closed holds no answer: the result is None. `prefilled` says that the
    chat template opened the block before the completion began.
    """
    ends = list(THINK_END.finditer(completion))
    if prefilled and not ends:
        return None
    tail = completion[ends[-1].end() :] if ends else completion
    start = THINK_START.search(tail)
    if start is None:
        return tail
    return None
