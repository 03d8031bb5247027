"""MRT's formulas against worked cases and identities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.progress import (
    cumulative_regret,
    curve_area,
    episode_spans,
    normalised_regret,
    place_bonus,
    progress,
    segment,
    sum_progress,
    total_reward,
)

CASES = Path(__file__).resolve().parents[3] / "../shared/data/formula_cases.json"
PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def cases(family: str) -> list[dict[str, Any]]:
    if not CASES.is_file():
        pytest.skip("the shared formula cases are not here")
    return list(json.loads(CASES.read_text())["families"][family]["cases"])


def test_progress_is_exact() -> None:
    for case in cases("mrt_progress"):
        values, expect = case["input"]["J"], case["expect"]
        assert progress(values) == pytest.approx(expect["progress"], abs=1e-9)
        assert sum_progress(values) == pytest.approx(expect["sum_progress"], abs=1e-9)
        total = total_reward(case["input"]["outcome"], values, case["input"]["alpha"])
        assert total == pytest.approx(expect["total"], abs=1e-9)
        assert cumulative_regret(values) == pytest.approx(expect["cumulative_regret_oracle_1"], abs=1e-9)


def test_regret_is_exact() -> None:
    for case in cases("mrt_normalised_regret"):
        tokens, accuracy, budget = (case["input"][key] for key in ("tokens", "acc", "budget"))
        assert curve_area(tokens, accuracy, budget) == pytest.approx(case["expect"]["area"], abs=1e-9)
        assert normalised_regret(tokens, accuracy, budget) == pytest.approx(
            case["expect"]["normalised_regret"], abs=1e-9
        )


def test_segments_are_exact() -> None:
    for case in cases("mrt_segments"):
        assert segment(case["input"]) == case["expect"]["segments"]
        assert segment(case["input"], group_size=2) == case["expect"]["merged2"]
        assert segment(case["input"], max_cuts=1) == case["expect"]["max_steps_1"]


def test_a_marker_needs_three_paragraphs_before_it_and_its_own_case() -> None:
    assert segment("a\n\nb\n\nWait 1\n\nWait 2") == ["a\n\nb\n\nWait 1", "Wait 2"]
    assert len(segment("a\n\nb\n\nc\n\nwait, no")) == 1
    assert len(segment("a\n\nb\n\nc\n\n Wait")) == 1
    for marker in ("Alternatively,", "But hold on", "But let me double-check", "But wait"):
        assert len(segment(f"a\n\nb\n\nc\n\n{marker} x")) == 2
    assert segment("a.b.Wait", markers=["b"], min_paragraphs=1) == ["a.b.Wait"]
    assert segment("") == []


@given(PROBABILITIES)
def test_progress_telescopes(values: list[float]) -> None:
    assert sum(progress(values)) == pytest.approx(sum_progress(values), abs=1e-9)
    assert -1 <= sum_progress(values) <= 1
    assert 0 <= cumulative_regret(values) <= len(values) - 1


PIECES = st.lists(
    st.sampled_from(["a", "Wait", "But wait x", "\n", "\n\n", "Alternatively", " "]), max_size=20
)


@given(PIECES, st.none() | st.integers(0, 3), st.integers(1, 3), st.integers(1, 4))
def test_spans_tile_the_text(pieces: list[str], cuts: int | None, size: int, least: int) -> None:
    text = "".join(pieces)
    spans = episode_spans(text, max_cuts=cuts, group_size=size, min_paragraphs=least)
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(a < b for a, b in spans)
    assert cuts is None or len(spans) <= cuts + 1
    assert len(segment(text, max_cuts=cuts, group_size=size, min_paragraphs=least)) == len(spans)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=8),
    st.floats(0.5, 400),
)
def test_regret_lies_between_none_and_all(steps: list[tuple[int, float]], budget: float) -> None:
    tokens = [sum(width for width, _ in steps[: i + 1]) for i in range(len(steps))]
    accuracy = [level for _, level in steps]
    regret = normalised_regret(tokens, accuracy, budget)
    assert -1e-9 <= regret <= 1 + 1e-9
    better = normalised_regret(tokens, [min(1.0, a + 0.1) for a in accuracy], budget)
    assert better <= regret + 1e-9


def test_the_curve_is_cut_before_its_first_point() -> None:
    assert curve_area([100], [0.5], 50) == pytest.approx(0.125)
    assert curve_area([0], [0.5], 50) == pytest.approx(0.5)
    assert curve_area([50], [0.5], 50) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("tokens", "accuracy", "budget"),
    [([], [], 1), ([1], [0.5, 0.5], 1), ([2, 1], [0.5, 0.5], 1), ([1], [1.5], 1), ([1], [0.5], 0)],
)
def test_curves_that_are_none_are_refused(tokens: list[float], accuracy: list[float], budget: float) -> None:
    with pytest.raises(ValueError, match=r"tokens|accuracies|budget|value"):
        normalised_regret(tokens, accuracy, budget)


@pytest.mark.parametrize("values", [[], [0.5, 1.1], [-0.1], [float("nan")]])
def test_values_that_are_no_probabilities_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="value"):
        progress(values)


def test_a_bonus_lies_on_its_own_episode() -> None:
    assert place_bonus([0.3, -0.1], [2, 5], 7) == [0.3, 0.3, -0.1, -0.1, -0.1, 0.0, 0.0]
    assert place_bonus([0.3, -0.1], [2, 2], 2) == [0.3, 0.3]  # an episode without tokens of its own
    assert place_bonus([], [], 2) == [0.0, 0.0]
    for ends in ([2], [3, 2], [2, 9]):
        with pytest.raises(ValueError, match="episode"):
            place_bonus([0.3, -0.1], ends, 7)
