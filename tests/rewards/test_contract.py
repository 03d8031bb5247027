"""What a reward receives, and what becomes of what it returns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import BadReference, Rollout, Score, Status, load_reward, reward
from rewards.errors import RewardError

if TYPE_CHECKING:
    from nowhere import Unknown

TALK = [
    {"role": "user", "content": "6*7?"},
    {"role": "assistant", "content": "let me see", "tool_calls": [{"function": {"name": "calc"}}]},
    {"role": "tool", "content": "42"},
    {"role": "assistant", "content": [{"type": "text", "text": "It is "}, {"type": "text", "text": "42"}]},
]


@reward(cost="inline")
def seen(
    completion: str, prompt: Any, messages: Any, tool_calls: Any, rollout: Rollout, extra: Any = 7
) -> Score:
    """Report what came in."""
    return Score(
        1.0,
        reason=completion,
        parts={"messages": len(messages), "calls": len(tool_calls), "extra": extra, "index": rollout.index},
    )


def test_a_reward_gets_what_it_names() -> None:
    score = seen.bind().score(completion=TALK, extra=3)
    assert score.reason == "It is 42"
    assert score.parts == {"messages": 4, "calls": 1, "extra": 3, "index": 0}
    assert seen.bind().score(completion="plain").parts["extra"] == 7


def test_messages_are_another_name_for_a_chat_completion() -> None:
    score = load_reward("number").score_batch(
        [{"messages": [{"role": "assistant", "content": "42"}], "answer": 42}]
    )
    assert score[0].value == 1.0


def test_only_the_last_assistant_turn_is_the_completion() -> None:
    turns = [{"role": "assistant", "content": "42"}, {"role": "user", "content": "sure?"}]
    assert load_reward("number").score(completion=turns, answer=42).value == 1.0
    for hollow in ([], [{"role": "user", "content": "42"}], [{"role": "assistant", "content": None}]):
        assert load_reward("number").score(completion=hollow, answer=42).status is Status.UNPARSED


def test_a_missing_column_names_column_and_reward_and_lists_what_there_is() -> None:
    with pytest.raises(RewardError, match=r"reward `number` needs column `answer`; the row has: gold, id\."):
        load_reward("number").score(completion="42", gold="42", id="a")


@pytest.mark.parametrize(
    "row", [{}, {"completion": 3}, {"completion": ["text"]}, {"messages": {"role": "x"}}]
)
def test_a_row_without_a_completion_is_an_error_of_the_caller(row: dict[str, Any]) -> None:
    with pytest.raises(RewardError, match="a row needs `completion`"):
        load_reward("number").score_batch([{**row, "answer": "1"}])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"wher": "last"}, "unknown parameter `wher`. Did you mean `where`?"),
        ({"where": "first"}, "parameter `where` = 'first'"),
        ({"units": 3}, "parameter `units` = 3"),
        ({"marker": None}, "parameter `marker` = None"),
        ({"ref": "x"}, "unknown parameter `ref`"),
    ],
)
def test_parameters_are_checked_when_the_reward_is_loaded(params: dict[str, Any], message: str) -> None:
    with pytest.raises(RewardError) as caught:
        load_reward("number", **params)
    assert message in str(caught.value)


def test_a_parameter_without_a_default_must_be_given() -> None:
    with pytest.raises(RewardError, match="reward `reasoning_gym` needs parameter `task`"):
        load_reward("reasoning_gym")


def test_parameters_are_converted_to_their_types() -> None:
    assert load_reward("exact", ignore_case="false").params == {"ignore_case": False}
    assert load_reward("number", units=["km"]).params == {"units": ("km",)}


def test_an_annotation_only_type_checkers_know_is_taken_as_it_comes() -> None:
    @reward(cost="inline")
    def odd(completion: str, *, thing: Unknown = None) -> float:
        return float(thing)

    assert odd.bind(thing=0.5).score(completion="").value == 0.5


def judged(value: Any, low: float = 0.0, high: float = 1.0) -> Score:
    @reward("returns", range=(low, high), cost="inline")
    def returns(completion: str) -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return returns.bind().score(completion="")


@pytest.mark.parametrize(
    ("value", "expected", "status"),
    [
        (0.25, 0.25, "scored"),
        (True, 1.0, "scored"),
        (1, 1.0, "scored"),
        (np.float32(0.5), 0.5, "scored"),
        (np.int64(1), 1.0, "scored"),
        (None, None, "not_applicable"),
        (math.nan, None, "error"),
        (-math.inf, None, "error"),
        ("0.5", None, "error"),
        (b"1", None, "error"),
        (1.01, None, "error"),
        (-0.01, None, "error"),
        ([0.5], None, "error"),
        (1j, None, "error"),
        (object(), None, "error"),
        (Score(0.5), 0.5, "scored"),
        (Score(None), None, "error"),
        (Score(2.0), None, "error"),
        (Score(0.9, Status.UNPARSED), 0.0, "unparsed"),
        (Score(0.9, Status.TIMEOUT), 0.0, "timeout"),
        (Score(0.9, Status.ERROR), None, "error"),
        (Score(0.9, Status.BAD_REFERENCE), None, "bad_reference"),
        (Score(0.9, Status.NOT_APPLICABLE), None, "not_applicable"),
        (Score(1.0, "scored"), 1.0, "scored"),
        (Score(1.0, "fine"), None, "error"),
        (Score(1.0, parts={"a": None}), None, "error"),
        (Score(1.0, parts=None), None, "error"),
        (BadReference("no"), None, "bad_reference"),
        (ValueError("no"), None, "error"),
        (SystemExit(1), None, "error"),
        (MemoryError(), 0.0, "timeout"),
        (RecursionError(), 0.0, "timeout"),
    ],
)
def test_whatever_comes_back_becomes_a_score(value: Any, expected: float | None, status: str) -> None:
    score = judged(value)
    assert (score.value, score.status.value) == (expected, status)
    assert score.seconds >= 0.0


def test_the_floor_is_that_of_the_declared_range() -> None:
    assert judged(Score(0.0, Status.UNPARSED), low=-1.0).value == -1.0
    assert judged(-1.0, low=-1.0).value == -1.0


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.binary(), st.lists(st.floats())))
def test_a_value_is_there_exactly_when_the_sample_is_not_masked(value: Any) -> None:
    score = judged(value)
    assert (score.value is None) == (score.status in (Status.ERROR, Status.NOT_APPLICABLE))
    assert score.value is None or 0.0 <= score.value <= 1.0
