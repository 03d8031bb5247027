"""What a model sees of a tool's result: a bounded text that says when it was cut."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from rewards.contract import Message
from rewards.text import as_messages, content_text

CUT = re.compile(r"\n\[cut: the first \d+ characters(?: of \d+)?\]\Z")


def cut_text(text: str, limit: int, whole: int | None = None) -> str:
    """Return `text` cut to `limit` characters with a note, or as it is where it is short enough.

    `whole` is the number of characters there were, where the text was cut before.
    """
    if len(text) <= limit and whole is None:
        return text
    of = f" of {whole or len(text)}" if whole != 0 else ""
    return f"{text[:limit]}\n[cut: the first {limit} characters{of}]"


def bounded(tool: Callable[..., Any], limit: int) -> Callable[..., Any]:
    """Return a tool whose text results are cut to `limit` characters; name, signature and docstring stay.

    A result that is a list of content blocks goes through unchanged, as TRL takes it.
    """
    if inspect.iscoroutinefunction(tool):

        @functools.wraps(tool)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return _bounded(await tool(*args, **kwargs), limit)

        return awaited

    @functools.wraps(tool)
    def called(*args: Any, **kwargs: Any) -> Any:
        return _bounded(tool(*args, **kwargs), limit)

    return called


def _bounded(result: Any, limit: int) -> Any:
    if isinstance(result, list):
        return result
    text = str(result)
    return text if CUT.search(text) else cut_text(text, limit)


def count_cut(completion: str | Sequence[Message]) -> int:
    """Return how many of a completion's tool messages were cut."""
    return sum(
        message.get("role") == "tool" and CUT.search(content_text(message.get("content"))) is not None
        for message in as_messages(completion)
    )
