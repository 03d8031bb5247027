"""What counts as a tool call. Only structured messages are read: a call in prose is none, and hides none."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rewards.contract import Message
from rewards.text import as_messages, content_text

CallPolicy = Literal["requested", "executed", "succeeded", "distinct"]
"""requested: every call the assistant made, whatever became of it. executed: those with a result in the messages.
succeeded: executed, and the result is no error. distinct: requested, an exact repeat not counted again."""
ERROR = re.compile(r"""\s*\{\s*(['"])error\1\s*:\s*+(?!null\b|None\b|[fF]alse\b|''|"")""")
"""How the content of a failed call's message begins: a mapping with the key `error`, as Python or JSON writes it, that
holds something."""


@dataclass(frozen=True)
class CallCounts:
    """The tool calls of one completion.

    Attributes:
        requested: structured calls of the assistant, malformed ones included.
        executed: those that a message of role `tool` answers.
        failed: executed ones whose answer is an error.
        duplicated: requested ones that repeat an earlier call, name and arguments.
    """

    requested: int = 0
    executed: int = 0
    failed: int = 0
    duplicated: int = 0

    def under(self, policy: CallPolicy) -> int:
        """Return the number of calls under a policy."""
        if policy == "executed":
            return self.executed
        if policy == "succeeded":
            return self.executed - self.failed
        return self.requested - self.duplicated if policy == "distinct" else self.requested


def count_calls(completion: str | Sequence[Message]) -> CallCounts:
    """Return the calls of a completion; plain text has none.

    A tool message answers the call that it names by `tool_call_id`, else the first unanswered call of the assistant's
    last turn. It is an error where it says so (`is_error: true`, `status: error`), or where its content is a mapping
    that begins with the key `error`, which is what TRL's loop writes for a tool that raised.
    """
    requested = executed = failed = 0
    seen: set[str] = set()
    for calls, results in _turns(as_messages(completion)):
        requested += len(calls)
        seen.update(_key(call, requested + i) for i, call in enumerate(calls))
        answered = _answered(calls, results)
        executed += len(answered)
        failed += sum(map(_is_error, answered))
    return CallCounts(requested, executed, failed, requested - len(seen))


def _turns(messages: Sequence[Message]) -> Iterator[tuple[list[Any], list[Message]]]:
    """Yield the calls of each assistant turn with the tool messages that follow it."""
    calls: list[Any] = []
    results: list[Message] = []
    for message in messages:
        role = message.get("role", "assistant")
        if role == "tool":
            results.append(message)
        elif role == "assistant":
            yield calls, results
            calls, results = _as_list(message.get("tool_calls")), []
    yield calls, results


def _as_list(calls: Any) -> list[Any]:
    """Return the calls of a message; what is no list is one malformed call, so that no shape hides calls."""
    if not calls:
        return []
    return list(calls) if isinstance(calls, list | tuple) else [calls]


def _answered(calls: Sequence[Any], results: Sequence[Message]) -> list[Message]:
    ids = [call.get("id") if isinstance(call, Mapping) else None for call in calls]
    left = Counter(i for i in ids if isinstance(i, str))
    known = set(left)
    named: dict[tuple[str, int], Message] = {}
    for result in results:
        if _names(result, known):
            name = result["tool_call_id"]
            named[name, left[name]] = result
            left[name] = max(
                left[name] - 1, 1
            )  # calls of one id are answered one by one; one more answer replaces
    nameless = [r for r in results if not _names(r, known)]
    return [*named.values(), *nameless[: len(calls) - len(named)]]


def _names(result: Message, known: set[str]) -> bool:
    named = result.get("tool_call_id")
    return isinstance(named, str) and named in known


def _is_error(result: Message) -> bool:
    if result.get("is_error") is True or result.get("status") == "error":
        return True
    return ERROR.match(content_text(result.get("content"))) is not None


def _key(call: Any, number: int) -> str:
    """Return a text that is the same for equal calls; a call that cannot be written down equals no other."""
    try:
        inner = call["function"] if isinstance(call.get("function"), Mapping) else call
        given = inner.get("arguments")
        given = json.loads(given) if isinstance(given, str) else given
        return json.dumps([inner.get("name"), given], sort_keys=True)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return f"call {number}"
