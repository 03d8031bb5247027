"""`exact` and `format`: the published cases, and properties."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import RewardError, Status, load_reward

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/formula_cases.json"
LABELS = ["banded", "polka dotted", "zig-zagged"]
NOISE = st.text(alphabet=" \n.,;:!?\"'*()", max_size=5)


def shared_cases(family: str) -> list[dict[str, Any]]:
    if not SHARED.exists():
        pytest.skip("the shared formula cases are not here")
    cases: list[dict[str, Any]] = json.loads(SHARED.read_text(encoding="utf-8"))["families"][family]["cases"]
    assert cases
    return cases


def test_equality_byte_for_byte() -> None:
    reward = load_reward("exact", mode="exact")
    for case in shared_cases("cls_equality"):
        row = case["input"]
        assert reward.score(completion=row["output"], answer=row["label"]).value == case["expect"], case


def test_thinking_then_a_tagged_class() -> None:
    accuracy, layout = load_reward("exact", mode="tagged"), load_reward("format")
    for case in shared_cases("cls_think"):
        row, expect = case["input"], case["expect"]
        assert accuracy.score(completion=row["output"], answer=row["label"]).value == expect["accuracy_text"]
        assert layout.score(completion=row["output"]).value == expect["format"], case


@given(st.sampled_from(LABELS), st.sampled_from([str.upper, str.lower, str.title]), NOISE, NOISE)
def test_case_and_punctuation_around_a_label_do_not_matter(
    label: str, case: Any, left: str, right: str
) -> None:
    reward = load_reward("exact", labels=LABELS)
    assert reward.score(completion=f"{left}{case(label)}{right}", answer=label).value == 1.0


@given(st.sampled_from(LABELS), st.text(alphabet=string.ascii_letters, min_size=1, max_size=8))
def test_a_label_inside_a_longer_answer_is_off_the_list(label: str, word: str) -> None:
    score = load_reward("exact", labels=LABELS).score(completion=f"{label} {word}", answer=label)
    assert (score.value, score.status) == (0.0, Status.UNPARSED)


@given(st.text(max_size=200), st.sampled_from(["normalised", "exact", "tagged"]))
def test_any_text_gets_a_verdict(text: str, mode: str) -> None:
    score = load_reward("exact", mode=mode).score(completion=text, answer="banded")
    assert score.value in (0.0, 1.0)
    assert load_reward("format").score(completion=text).value in (0.0, 1.0)


UNTAGGED = st.text(max_size=50).filter(lambda text: "<" not in text)


@given(UNTAGGED, UNTAGGED, st.text(alphabet=" \n\t", max_size=5))
def test_format_is_full_for_two_blocks_and_nothing_else(thought: str, answer: str, blanks: str) -> None:
    text = f"<think>{thought}</think>{blanks}<answer>{answer}</answer>"
    layout = load_reward("format")
    assert layout.score(completion=text).value == 1.0
    for spoilt in (text + "x", "x" + text, text[1:], text[:-1], text + text):
        assert layout.score(completion=spoilt).value == 0.0


def test_labels_as_booleans_are_refused_when_bound() -> None:
    with pytest.raises(RewardError, match=r"parameter `labels` = \[True, False\]"):
        load_reward("exact", labels=[True, False])


def test_a_long_text_is_no_label_and_is_not_normalised() -> None:
    score = load_reward("exact").score(completion="\u0300\u0316" * 500_000, answer="x")
    assert score.status is Status.UNPARSED
    assert "1000000 characters" in score.reason
