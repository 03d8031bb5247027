"""Optimal Tool Calls: exact values, identities, and groups for which the fewest calls are undefined."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.tool_efficiency import (
    fewest_calls,
    group_efficiency,
    mapped_calls,
    otc_grpo,
    otc_ppo,
    tool_productivity,
)
from rewards.tool_efficiency.ranks import rank_pay

CASES = Path(__file__).resolve().parents[3] / "../shared/data/formula_cases.json"
COUNTS = st.integers(0, 500)
CONSTANTS = st.floats(0.01, 100)


def cases(family: str) -> list[dict[str, Any]]:
    if not CASES.is_file():
        pytest.skip("the shared formula cases are not here")
    return list(json.loads(CASES.read_text())["families"][family]["cases"])


def test_the_form_of_ppo_is_exact() -> None:
    for case in cases("otc_ppo"):
        assert otc_ppo(calls=case["input"]["m"], c=case["input"]["c"]) == pytest.approx(
            case["expect"], abs=1e-9
        )


def test_the_form_of_grpo_is_exact() -> None:
    for case in cases("otc_grpo"):
        m, n, c = (case["input"][key] for key in "mnc")
        assert mapped_calls(m, n) == pytest.approx(case["expect"]["f"], abs=1e-9)
        assert otc_grpo(m, n, c) == pytest.approx(case["expect"]["r_tool"], abs=1e-9)


def test_whole_groups_are_exact() -> None:
    for case in cases("otc_group"):
        correct, calls = zip(*case["input"]["traj"], strict=True)
        found = group_efficiency(
            list(map(bool, correct)), calls, c=case["input"]["c"], alpha=case["input"]["alpha"]
        )
        assert found.least == case["expect"]["n"]
        assert list(found.efficiency or ()) == pytest.approx(case["expect"]["r_tool"], abs=1e-9)
        assert list(found.rewards) == pytest.approx(case["expect"]["reward"], abs=1e-9)
        assert tool_productivity(correct, calls) == case["expect"]["tool_productivity"]


@pytest.mark.parametrize(
    ("m", "c", "pay"),
    [
        (1, 1, 0.5),
        (2, 1, 0.309016994374947),
        (3, 1, 0.222520933956314),
        (1, 4, 0.866025403784439),
        (2, 4, math.sqrt(0.5)),
        (3, 4, 0.587785252292473),
    ],
)
def test_values_worked_by_hand(m: int, c: float, pay: float) -> None:
    assert otc_ppo(m, c) == pytest.approx(pay, abs=1e-12)


@pytest.mark.parametrize(
    ("m", "pay"),
    [(1, 0.866025403784439), (2, 1.0), (3, 0.951056516295154), (6, math.sqrt(0.5)), (20, 0.281732556841430)],
)
def test_values_at_two_needed_calls(m: int, pay: float) -> None:
    assert otc_grpo(m, 2, 2.0) == pytest.approx(pay, abs=1e-12)


@given(COUNTS, CONSTANTS)
def test_more_calls_never_pay_more_and_always_pay_something(m: int, c: float) -> None:
    assert 0 < otc_ppo(m + 1, c) < otc_ppo(m, c) <= 1
    assert otc_ppo(m + 1, 2 * c) > otc_ppo(m + 1, c)


@given(COUNTS, COUNTS, CONSTANTS)
def test_the_peak_is_at_the_fewest_calls(m: int, n: int, c: float) -> None:
    assert otc_grpo(n, n, c) == pytest.approx(1.0)
    assert otc_grpo(m, n, c) <= 1.0 + 1e-12
    assert otc_grpo(m, 0, c) == otc_ppo(m, c)
    if m > n:
        assert 0 < otc_grpo(m + 1, n, c) < otc_grpo(m, n, c)


@given(st.lists(st.tuples(st.booleans(), COUNTS), max_size=12), CONSTANTS, st.none() | COUNTS)
def test_a_right_sample_never_lies_below_the_fewest(
    samples: list[tuple[bool, int]], c: float, least: int | None
) -> None:
    correct, calls = [right for right, _ in samples], [m for _, m in samples]
    found = group_efficiency(correct, calls, c=c, least=least)
    assert len(found.rewards) == len(samples)
    for right, m, reward in zip(correct, calls, found.rewards, strict=True):
        assert (reward > 0) == right
        if right:
            assert found.least is not None
            assert found.least <= m


def test_without_a_right_sample_the_fewest_calls_are_undefined_and_nothing_pays() -> None:
    assert fewest_calls([False, False], [0, 3]) is None
    found = group_efficiency([False, False], [0, 3], c=2.0)
    assert (found.least, found.efficiency, found.rewards) == (None, None, (0.0, 0.0))


def test_a_running_minimum_lowers_n_and_never_raises_it() -> None:
    assert group_efficiency([True, True], [2, 4], c=2.0, least=1).least == 1
    assert group_efficiency([True, True], [2, 4], c=2.0, least=3).least == 2
    assert group_efficiency([False], [0], c=2.0, least=3).least == 3


@pytest.mark.parametrize(
    "bad",
    [{"c": 0.0}, {"c": math.nan}, {"c": math.inf}, {"alpha": 0.0}, {"calls": [-1, 2]}, {"least": -1}],
)
def test_what_the_formula_is_not_made_for_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|not negative"):
        group_efficiency(**{"correct": [True, False], "calls": [1, 2], "c": 2.0, **bad})


def test_productivity_is_undefined_without_calls() -> None:
    assert tool_productivity([True, False], [0, 0]) is None
    assert tool_productivity([True, False, True], [1, 3, 0]) == 0.5
    with pytest.raises(ValueError, match="1 verdicts for 2"):
        tool_productivity([True], [1, 2])


@given(st.lists(st.integers(0, 9), max_size=10))
def test_ranks_sum_to_nothing_and_follow_length(lengths: list[int]) -> None:
    pay = rank_pay(lengths)
    assert sum(pay) == pytest.approx(0.0, abs=1e-9)
    for a, p in zip(lengths, pay, strict=True):
        for b, q in zip(lengths, pay, strict=True):
            assert (a < b) == (p > q) or a == b
            assert a != b or p == q
