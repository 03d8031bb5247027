"""What counts as a tool call, by policy; calls cannot be hidden from the count."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.tool_efficiency import CallCounts, count_calls


def call(query: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "search", "arguments": {"query": query}}, **more}


def turn(*calls: Any, text: str = "") -> dict[str, Any]:
    return {"role": "assistant", "content": text, "tool_calls": list(calls)}


def result(content: Any = "found", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, **more}


def test_each_policy_counts_what_it_says() -> None:
    found = count_calls(
        [
            turn(call("a")),
            result("{'error': 'no such page'}"),
            turn(call("a"), call("b")),
            result(),
            turn(text="42"),
        ]
    )
    assert found == CallCounts(requested=3, executed=2, failed=1, duplicated=1)
    assert [found.under(p) for p in ("requested", "executed", "succeeded", "distinct")] == [3, 2, 1, 2]


@pytest.mark.parametrize(
    "failure",
    [
        result("{'error': 'x'}"),
        result('{"error": "x"}'),
        result([{"type": "text", "text": '{"error": 1}'}]),
        result("x", is_error=True),
        result("x", status="error"),
    ],
)
def test_a_failed_call_is_told_by_its_message(failure: dict[str, Any]) -> None:
    assert count_calls([turn(call()), failure]).failed == 1


@pytest.mark.parametrize("text", ["no error", "error: none found", "{'errors': 0}", "", None])
def test_the_word_error_alone_is_no_failure(text: Any) -> None:
    assert count_calls([turn(call()), result(text)]).failed == 0


def test_results_are_matched_by_id_then_by_order() -> None:
    calls = turn(call("a", id="x"), call("b", id="y"))
    late = result("{'error': 1}", tool_call_id="y")
    assert count_calls([calls, late]) == CallCounts(2, 1, 1, 0)
    assert count_calls([calls, late, result(tool_call_id="x")]).executed == 2
    assert count_calls([calls, result(), result(), result()]).executed == 2  # a third answers nothing
    assert count_calls([result(), turn(text="42")]).executed == 0
    assert count_calls([calls, late, late]).executed == 1  # one call is answered once


@pytest.mark.parametrize(
    "message",
    [
        turn({}),
        turn(None),
        turn("search"),
        {"role": "assistant", "tool_calls": {"name": "search"}},
        {"role": "assistant", "tool_calls": "search"},
        {"tool_calls": [call()]},
        turn({"name": "search", "arguments": '{"query": '}),
        turn({"function": None}),
    ],
)
def test_a_malformed_call_is_a_call(message: dict[str, Any]) -> None:
    assert count_calls([message]).requested == 1


@pytest.mark.parametrize(
    "completion",
    [
        '<tool_call>{"name": "search"}</tool_call>',
        [turn(text='<tool_call>{"name": "search"}</tool_call>')],
        [{"role": "user", "tool_calls": [call()]}],
        [{"role": "tool", "tool_calls": [call()]}],
        [],
        "",
    ],
)
def test_prose_and_other_roles_call_nothing(completion: Any) -> None:
    assert count_calls(completion) == CallCounts()


def test_repeats_are_told_whatever_their_form() -> None:
    plain = {"name": "search", "arguments": json.dumps({"query": "a"})}
    assert count_calls([turn(call("a"), plain), turn(call("a", id="z"))]).duplicated == 2
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    hostile = {"name": "search", "arguments": deep}
    assert count_calls([turn(hostile, hostile)]).duplicated == 0  # cannot be written down: equals no other
    assert count_calls([turn({"name": "s", "arguments": "[" * 100_000})]).requested == 1


MESSAGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "role": st.sampled_from(["assistant", "tool", "user", "system"]),
            "content": st.none() | st.text(max_size=5) | st.integers(),
            "tool_calls": st.none()
            | st.lists(st.none() | st.text(max_size=3) | st.just(call()), max_size=3)
            | st.text(max_size=3)
            | st.integers(),
            "tool_call_id": st.none() | st.text(max_size=2),
        },
    ),
    max_size=8,
)


@given(MESSAGES)
def test_any_messages_are_counted_in_order(messages: list[dict[str, Any]]) -> None:
    found = count_calls(messages)
    assert 0 <= found.failed <= found.executed <= found.requested
    assert 0 <= found.duplicated <= max(found.requested - 1, 0)
    assert count_calls([*messages, turn(call("new"))]).requested == found.requested + 1


@pytest.mark.parametrize(
    ("content", "failed"),
    [
        ('{\n  "error": "no such tool"}', 1),
        ("{'error' : 'bad'}", 1),
        ('{"error": null, "result": 5}', 0),
        ('{"error": "", "result": 5}', 0),
        ('{"errors": 0}', 0),
        ("Error: no such tool", 0),
    ],
)
def test_an_error_is_a_mapping_whose_error_holds_something(content: str, failed: int) -> None:
    call = {"id": "1", "function": {"name": "c", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": content},
    ]
    assert count_calls(messages).failed == failed


def test_calls_of_one_id_are_answered_one_by_one() -> None:
    calls = [{"id": "1", "function": {"name": "c", "arguments": f'{{"x": {x}}}'}} for x in (1, 2)]
    answers = [{"role": "tool", "tool_call_id": "1", "content": text} for text in ("1", "2", "3")]
    turn = {"role": "assistant", "content": "", "tool_calls": calls}
    assert [count_calls([turn, *answers[:n]]).executed for n in range(4)] == [0, 1, 2, 2]
