"""Histograms, coverage lists, budgets and regret, formats: exact numbers and refusals."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import Count, EvalError
from eval.analyses import (
    BINS,
    bin_counts,
    bin_problems,
    budget_curve,
    collapse,
    coverage,
    cumulative_regret,
    effective_formats,
    format_history,
    match_temperature,
    normalised_regret,
    spread,
)

CASES = Path(__file__).resolve().parents[2] / "../shared/data/formula_cases.json"


def family(name: str) -> dict[str, object]:
    if not CASES.exists():
        pytest.skip("../shared/data/formula_cases.json is not there")
    found: dict[str, object] = json.loads(CASES.read_text())["families"][name]
    return found


def test_normalised_regret_equals_the_shared_cases() -> None:
    for case in family("mrt_normalised_regret")["cases"]:  # type: ignore[attr-defined]
        given = case["input"]
        found = normalised_regret(given["tokens"], given["acc"], given["budget"])
        assert found == pytest.approx(case["expect"]["normalised_regret"], abs=1e-12), case["id"]


def test_cumulative_regret_equals_the_shared_cases() -> None:
    for case in family("mrt_progress")["cases"]:  # type: ignore[attr-defined]
        expected = case["expect"]["cumulative_regret_oracle_1"]
        assert cumulative_regret(case["input"]["J"]) == pytest.approx(expected, abs=1e-12), case["id"]


def test_normalised_regret_by_hand() -> None:
    # One point (100, 1): a triangle of 50, then 1 held for 100 of 200 tokens.
    assert normalised_regret([100], [1.0], 200) == pytest.approx(1 - 150 / 200)
    # A budget before the first point cuts the line from the origin at 0.25.
    assert normalised_regret([100], [1.0], 25) == pytest.approx(1 - 0.125)
    assert normalised_regret([1, 2], [0, 0], 5) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.1, 50))
def test_normalised_regret_is_a_share_and_falls_with_accuracy(values: list[float], budget: float) -> None:
    tokens = list(range(1, len(values) + 1))
    found = normalised_regret(tokens, values, budget)
    assert -1e-12 <= found <= 1 + 1e-12
    assert normalised_regret(tokens, [1.0] * len(values), budget) <= found + 1e-12


@pytest.mark.parametrize(
    ("tokens", "accuracy", "budget", "message"),
    [
        ([2, 1], [0.1, 0.2], 5, "ascending"),
        ([0, 1], [0.1, 0.2], 5, "above 0"),
        ([1, float("nan")], [0.1, 0.2], 5, "ascending"),
        ([1], [0.1, 0.2], 5, "one length"),
        ([], [], 5, "one length"),
        ([1], [1.1], 5, "within 0..1"),
        ([1], [float("nan")], 5, "within 0..1"),
        ([1], [0.5], 0, "positive number"),
        ([1], [0.5], float("inf"), "positive number"),
    ],
)
def test_normalised_regret_refuses(
    tokens: list[float], accuracy: list[float], budget: float, message: str
) -> None:
    with pytest.raises(EvalError, match=message):
        normalised_regret(tokens, accuracy, budget)


def test_cumulative_regret_refuses_values_above_the_oracle() -> None:
    with pytest.raises(EvalError, match=r"within 0\.\.0.5"):
        cumulative_regret([0.2, 0.6], oracle=0.5)
    assert cumulative_regret([0.9]) == 0.0


def test_budget_curve_is_the_share_that_is_right_in_time() -> None:
    # a: right at 10 and 30 tokens, wrong at 5; b: right at 20.
    rows = budget_curve(["a", "a", "a", "b"], [10, 30, 5, 20], [True, True, False, True], [9, 10, 20, 30])
    assert [r.accuracy for r in rows] == pytest.approx([0, 1 / 6, (1 / 3 + 1) / 2, (2 / 3 + 1) / 2])
    assert all(r.low is not None and r.high is not None and r.low <= r.accuracy <= r.high for r in rows)
    assert budget_curve(["a"], [24], [True])[-1].budget == 24
    with pytest.raises(EvalError, match="at least 1"):
        budget_curve(["a"], [3], [True], [0])
    with pytest.raises(EvalError, match="one problem, length and verdict"):
        budget_curve(["a"], [3, 4], [True])


def test_budget_curve_takes_clusters_for_the_unit() -> None:
    right = [i % 3 > 0 for i in range(30)]
    alone = budget_curve(range(30), [5] * 30, right, [9])[0]
    names = [f"{i}-{copy}" for i in range(30) for copy in range(4)]
    clusters = {name: name.split("-")[0] for name in names}
    alike = budget_curve(names, [5] * 120, np.repeat(right, 4), [9], clusters=clusters)[0]
    assert (alike.accuracy, alike.low, alike.high) == pytest.approx((alone.accuracy, alone.low, alone.high))
    with pytest.raises(EvalError, match="no cluster"):
        budget_curve(names, [5] * 120, np.repeat(right, 4), clusters={"0-0": "a"})


def test_histogram_bins_are_decided_in_whole_numbers() -> None:
    # 0.1 belongs to (0, .1], and 7/10 to (.6, .7] whatever floats say.
    counts = [Count("a", 10, 0), Count("b", 10, 1), Count("c", 10, 7), Count("d", 100, 71), Count("e", 3, 3)]
    assert bin_counts(counts) == [1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1]
    assert bin_problems(counts)[7] == ["c"]
    assert len(BINS) == 12


def test_coverage_sorts_problems_by_who_solves_them() -> None:
    base = [Count("p", 4, 1), Count("q", 4, 0), Count("r", 4, 2), Count("s", 4, 0)]
    tuned = [Count("s", 4, 0), Count("r", 4, 4), Count("q", 4, 1), Count("p", 4, 0)]
    found = coverage({"base": base, "tuned": tuned})
    assert found.ids("base", "tuned") == ["r"]
    assert found.ids("base") == ["p"]
    assert found.ids("tuned") == ["q"]
    assert found.ids() == ["s"]
    assert [row["indices"] for row in found.to_json()["solved_by"]] == [[2], [0], [1], [3]]
    with pytest.raises(EvalError, match="the first `s`"):
        coverage({"base": base, "tuned": tuned[1:]})
    with pytest.raises(EvalError, match="no models"):
        coverage({})


def test_formats_collapse_to_one() -> None:
    metrics = [
        {"step": 1, "format/code": 0.5, "format/text": 0.25, "loss": 1.0},
        {"step": 2, "format/code": 0.95, "format/text": 0.05},
        {"step": 3, "format/code": 0.6, "format/text": 0.4},
        {"step": 4, "format/code": 0.92, "format/text": 0.08},
        {"step": 5, "format/code": 1.0, "format/text": 0.0},
        {"step": 5, "train_runtime": 3.0},
    ]
    history = format_history(metrics)
    assert history[0] == (1, {"code": 0.5, "text": 0.25, "other": 0.25})
    found = collapse(history)
    assert found is not None
    assert (found.name, found.step, found.first, found.last) == ("code", 4, 0.5, 1.0)
    assert found.effective_first == pytest.approx(math.exp(1.5 * math.log(2)))
    assert found.effective_last == 1.0
    late = collapse(history, 0.999)
    assert late is not None
    assert late.step == 5
    assert collapse([]) is None
    with pytest.raises(EvalError, match="threshold"):
        collapse(history, 1.5)


def test_effective_formats() -> None:
    assert effective_formats({"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}) == pytest.approx(4.0)
    with pytest.raises(EvalError):
        effective_formats({"a": 0.0})


def test_match_temperature_brackets_and_halves() -> None:
    found = match_temperature(lambda t: t * t, 1.7, tolerance=1e-3)
    assert found.temperature == pytest.approx(1.7**0.5, rel=1e-3)
    assert found.entropy == pytest.approx(found.temperature**2)
    assert match_temperature(lambda t: t * t, 0.01, tolerance=1e-3).temperature == pytest.approx(
        0.1, rel=1e-3
    )
    with pytest.raises(EvalError, match="out of reach"):
        match_temperature(lambda t: min(t, 1.0), 2.0)
    with pytest.raises(EvalError, match="out of reach"):
        match_temperature(lambda t: t + 1.0, 0.5)
    with pytest.raises(EvalError, match="target must be above 0"):
        match_temperature(lambda t: t, float("nan"))


def test_spread_leaves_out_what_is_empty() -> None:
    found = spread([1.0, None, 3.0, 2.0])
    assert (found.count, found.median, found.left_out) == (3, 2.0, 1)
    with pytest.raises(EvalError, match="every response is empty"):
        spread([None])
