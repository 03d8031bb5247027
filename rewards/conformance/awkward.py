"""Completions that a policy does produce and that verifiers trip over."""

from __future__ import annotations

from typing import Any

MEGABYTE = 1_000_000
NOTHING = ("empty text", "blanks", "a turn without content", "a chat without turns")
"""The inputs that state nothing: no reward may pay for them, unless a fixture says that it does."""


def awkward_completions(gold: Any) -> dict[str, Any]:
    """Return label -> completion. `gold` (text, chat turns or None) is cut for the truncated one."""
    return {
        "empty text": "",
        "blanks": " \n\t ",
        "a turn without content": [{"role": "assistant", "content": None}],
        "a chat without turns": [],
        "null bytes": "\x00 1 \x00",
        "lone surrogates": "\ud800 1 \udfff",
        "unicode": "\u202e\u0661\u0662 caf\u0065\u0301 \uff11 \U0001f600 \u200b\u2028 ß \ufeff",
        "thinking only": "<think>I wonder.</think>",
        "thinking never closed": "<think>I wonder",
        "a truncated completion": _half(gold),
        "nested chat content": _blocks("I do not know."),
        "an empty tool call": [{"role": "assistant", "content": None, "tool_calls": [{}]}],
        "1 MB of words": "ab " * (MEGABYTE // 3),
        "1 MB of digits": "9" * MEGABYTE,
        "1 MB of open brackets": "(" * MEGABYTE,
        "1 MB of open boxes": "\\boxed{" * (MEGABYTE // 7),
        "1 MB of open tags": "<answer>" * (MEGABYTE // 8),
    }


def as_chat(text: str) -> list[dict[str, Any]]:
    """Return a text as one assistant turn."""
    return [{"role": "assistant", "content": text}]


def _blocks(text: str) -> list[dict[str, Any]]:
    half = len(text) // 2
    blocks = [{"type": "text", "text": text[:half]}, {"type": "image"}, {"type": "text", "text": text[half:]}]
    return [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": blocks}]


def as_blocks(text: str) -> list[dict[str, Any]]:
    """Return a text as one assistant turn whose content is a list of typed blocks."""
    return [{"role": "assistant", "content": [{"type": "text", "text": text}]}]


def _half(gold: Any) -> Any:
    if isinstance(gold, str):
        return gold[: len(gold) // 2]
    return gold[: len(gold) // 2] if gold else "The answer is"
