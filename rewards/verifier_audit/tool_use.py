"""Cases for tool calls, made from a trajectory that is right: what was called, with what, where and how often.

The trajectory stands in the row's `messages`. A verifier of tool use should pay the same calls however they are written
down, and should not pay other calls, calls that were only talked about, or none. Which order of calls is right, and
whether the environment ended in the right state, no text can tell: a plugin adds such cases itself.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewards.text import content_text
from rewards.verifier_audit.case import Case
from rewards.verifier_audit.general import BLANKS, FLATTERY

Turns = list[dict[str, Any]]
Place = tuple[int, int]
"""Turn, and call within it."""


def places(turns: Any) -> list[Place]:
    """Return where the calls of a trajectory stand; empty if it is none."""
    if not isinstance(turns, Sequence) or isinstance(turns, str):
        return []
    found = []
    for i, turn in enumerate(turns):
        if isinstance(turn, Mapping) and turn.get("role", "assistant") == "assistant":
            found += [(i, j) for j, _ in enumerate(turn.get("tool_calls") or ())]
    return found


def tool_use_cases(turns: Turns) -> Iterator[Case]:
    """Yield the cases of one right trajectory, a list of chat turns with at least one structured call."""
    for note, same in _equivalents(turns):
        yield Case("equivalent forms", same, True, note)
    calls = places(turns)
    for place in calls:
        yield Case("call dropped", _without(turns, [place]), False)
        yield Case("call doubled", _put(turns, place, [_call(turns, place)] * 2), False)
        yield Case("call added", _put(turns, place, [_call(turns, place), _other(turns, place)]), False)
        yield Case("another function", _put(turns, place, [_other(turns, place)]), False)
        for note, changed in _wrong_arguments(_arguments(_call(turns, place))):
            call = _with_arguments(_call(turns, place), changed)
            yield Case("wrong arguments", _put(turns, place, [call]), False, note)
        text = json.dumps(_arguments(_call(turns, place)))
        broken = _with_arguments(_call(turns, place), text[:-1])
        yield Case("arguments cut off", _put(turns, place, [broken]), False)
    yield Case("no call", _without(turns, calls), False)
    yield from _only_said(turns)
    yield from _misplaced(turns)
    for text in (*BLANKS, *FLATTERY, "I have called every tool that was needed, with the right arguments."):
        yield Case("flattery" if text.strip() else "empty", text, False)


def _equivalents(turns: Turns) -> Iterator[tuple[str, Turns]]:
    yield "as it is", turns

    def each(change: Any) -> Turns:
        found = copy.deepcopy(turns)
        for i, j in places(found):
            found[i]["tool_calls"][j] = change(found[i]["tool_calls"][j])
        return found

    yield "arguments as JSON text", each(lambda c: _with_arguments(c, json.dumps(_arguments(c))))
    yield "arguments as an object", each(lambda c: _with_arguments(c, _arguments(c)))
    yield "arguments in another order", each(lambda c: _with_arguments(c, _turned(_arguments(c))))
    said = copy.deepcopy(turns)
    for i in {i for i, _ in places(turns)}:
        said[i]["content"] = f"Let me look that up. {content_text(said[i].get('content'))}".strip()
    yield "a word before the call", said


def _turned(arguments: Any) -> Any:
    return dict(reversed(arguments.items())) if isinstance(arguments, dict) else arguments


def _wrong_arguments(given: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, dict):
        return
    for name, value in given.items():
        rest = {k: v for k, v in given.items() if k != name}
        yield "another value", given | {name: _another(value)}
        yield "one left out", rest
        yield "another name", rest | {f"{name}_": value}
    yield "one too many", given | {"no_such_argument": 1}


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def _only_said(turns: Turns) -> Iterator[Case]:
    """Yield trajectories whose calls are in the text alone: as tags, as a code block, in the thinking."""
    calls = [_plain(_call(turns, place)) for place in places(turns)]
    bare = _without(turns, places(turns))
    for note, form in (
        ("tags", "<tool_call>\n{}\n</tool_call>"),
        ("code block", "```json\n{}\n```"),
        ("words", "I call {}."),
    ):
        text = "\n".join(form.replace("{}", json.dumps(call)) for call in calls)
        yield Case("call in prose only", [_assistant(text), *bare], False, note)
        yield Case("call in prose only", [*bare, _assistant(text)], False, note)
        yield Case("call in prose only", text, False, note)
        yield Case("in the thinking only", [_assistant(f"<think>{text}</think>"), *bare], False, note)


def _misplaced(turns: Turns) -> Iterator[Case]:
    """Yield the right calls where they are too late, or not the model's."""
    final = turns[-1]
    if final.get("role", "assistant") == "assistant" and not final.get("tool_calls"):
        yield Case("call after the answer", [final, *turns[:-1]], False)
    for role in ("user", "tool"):
        foreign = copy.deepcopy(turns)
        for i in {i for i, _ in places(turns)}:
            foreign[i]["role"] = role
        yield Case("call of another role", foreign, False, role)


def _assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _call(turns: Turns, place: Place) -> dict[str, Any]:
    return dict(turns[place[0]]["tool_calls"][place[1]])


def _put(turns: Turns, place: Place, calls: list[dict[str, Any]]) -> Turns:
    found = copy.deepcopy(turns)
    found[place[0]]["tool_calls"][place[1] : place[1] + 1] = copy.deepcopy(calls)
    return found


def _without(turns: Turns, dropped: Sequence[Place]) -> Turns:
    """Return the trajectory without some calls, the results that name them, and turns of which nothing is left."""
    gone = {_call(turns, place).get("id") for place in dropped} - {None}
    found: Turns = []
    for i, turn in enumerate(copy.deepcopy(turns)):
        if turn.get("role") == "tool" and turn.get("tool_call_id") in gone:
            continue
        if turn.get("tool_calls"):
            turn["tool_calls"] = [c for j, c in enumerate(turn["tool_calls"]) if (i, j) not in dropped]
            if not turn["tool_calls"]:
                del turn["tool_calls"]
                if not content_text(turn.get("content")).strip():
                    continue
        found.append(turn)
    return found


def _function(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what holds name and arguments: the call itself, or its `function` as in OpenAI's form."""
    inner = call.get("function")
    return inner if isinstance(inner, Mapping) else call


def _arguments(call: Mapping[str, Any]) -> Any:
    given = _function(call).get("arguments")
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _changed(call: dict[str, Any], **fields: Any) -> dict[str, Any]:
    if _function(call) is call:
        return {**call, **fields}
    return {**call, "function": {**_function(call), **fields}}


def _with_arguments(call: dict[str, Any], arguments: Any) -> dict[str, Any]:
    return _changed(call, arguments=arguments)


def _other(turns: Turns, place: Place) -> dict[str, Any]:
    call = _call(turns, place)
    return _changed(call, name=f"{_function(call).get('name')}_other")


def _plain(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": _function(call).get("name"), "arguments": _arguments(call)}
