"""Intervals: known values, edges, and properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import EvalError, difference_interval, mean_interval
from eval.intervals import critical, difference_limits, effective_size
from eval.student import t_quantile

SHARES = st.lists(st.integers(0, 64).map(lambda c: c / 64), min_size=2, max_size=60)


def wilson(p: float, n: float, z: float) -> tuple[float, float]:
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def test_binary_values_give_wilson_on_one_draw_less() -> None:
    x = [1.0] * 14 + [0.0] * 16
    got = mean_interval(x, samples=30)
    # S^2 = p(1-p) M/(M-1), so SE^2 = p(1-p)/(M-1).
    low, high = wilson(14 / 30, 29, t_quantile(0.975, 29))
    assert (got.estimate, got.low, got.high) == pytest.approx((14 / 30, low, high), abs=1e-12)
    # Open-RS: 14 of 30 on AIME24 is anything between a third and two thirds.
    assert got.low == pytest.approx(0.297, abs=0.01)
    assert got.high == pytest.approx(0.644, abs=0.01)


def test_values_that_hardly_differ_count_for_more_than_one_draw_each() -> None:
    x = np.tile([0.4, 0.6], 50)
    spread = float(np.var(np.append(x, [0, 1]), ddof=1)) / 102
    assert effective_size(x, 0.5, 100_000) == pytest.approx(0.25 / spread)
    assert effective_size(x, 0.5, 1000) == 1000


def test_all_equal_values_have_no_more_weight_than_their_samples() -> None:
    got = mean_interval([0.5] * 10, samples=20)
    assert (got.low, got.high) == pytest.approx(wilson(0.5, 20, t_quantile(0.975, 9)))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_never_or_all_always_solved_has_a_width(value: float) -> None:
    got = mean_interval([value] * 30, samples=3000)
    t = t_quantile(0.975, 29)
    edge = t * t / (30 + t * t)
    assert got.estimate == value
    assert (got.low, got.high) == pytest.approx((0.0, edge) if value == 0 else (1 - edge, 1.0))


def test_one_failure_among_many_samples_is_hardly_narrower_than_none() -> None:
    perfect, nearly = mean_interval([1.0] * 30, 1920), mean_interval([1.0] * 29 + [63 / 64], 1920)
    assert perfect.low is not None
    assert nearly.low == pytest.approx(perfect.low, abs=0.02)


@given(SHARES, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_holds_the_estimate_within_0_and_1(x: list[float], confidence: float) -> None:
    got = mean_interval(x, 10 * len(x), confidence)
    assert got.low is not None
    assert got.high is not None
    assert 0.0 <= got.low <= got.estimate <= got.high <= 1.0
    assert got.estimate == pytest.approx(sum(x) / len(x))
    flipped = mean_interval([1 - v for v in x], 10 * len(x), confidence)
    assert (flipped.low, flipped.high) == pytest.approx((1 - got.high, 1 - got.low), abs=1e-6)


def test_more_confidence_is_wider_and_more_problems_narrower() -> None:
    x = [0.1, 0.9, 0.5, 0.3, 0.7, 0.2]
    widths = [mean_interval(x, 600, level) for level in (0.5, 0.8, 0.95, 0.99)]
    spans = [w.high - w.low for w in widths if w.low is not None and w.high is not None]
    assert spans == sorted(spans)
    assert len(set(spans)) == 4
    many = mean_interval(x * 20, 12_000)
    assert many.high is not None
    assert many.low is not None
    assert many.high - many.low < spans[2] / 3


def test_one_problem_has_no_interval_and_says_why() -> None:
    for got in (mean_interval([0.25], 4), difference_interval([0.25])):
        assert (got.estimate, got.low, got.high) == (0.25, None, None)
        assert "one problem" in got.reason


def padded_limits(d: np.ndarray, size: float) -> tuple[float, float]:
    """Student's t with weights 1/2 on +size and -size, written as a weighted mean and variance."""
    values, weights = np.append(d, [size, -size]), np.append(np.ones(len(d)), [0.5, 0.5])
    count = weights.sum()
    mean = weights @ values / count
    spread = weights @ (values - mean) ** 2 / (count - 1)
    half = t_quantile(0.975, len(d) - 1) * math.sqrt(spread / count)
    return mean - half, mean + half


def test_difference_is_t_after_two_pseudo_problems() -> None:
    few = np.array([0.5, 0.0, 0.0, 0.0, 0.0])  # hangs on one problem: pseudo-problems as large as can be
    got = difference_interval(few)
    assert got.estimate == pytest.approx(0.1)
    assert (got.low, got.high) == pytest.approx(padded_limits(few, 1.0))
    many = np.tile([0.1, -0.1], 20)  # hangs on forty: nearly as large as the largest seen
    got = difference_interval(many)
    assert (got.low, got.high) == pytest.approx(padded_limits(many, 0.1 + 0.9 * (4 / 40) ** 2))


def test_difference_has_a_width_where_no_problem_differs() -> None:
    got = difference_interval([0.0] * 30)
    assert got.estimate == 0.0
    assert got.high == pytest.approx(t_quantile(0.975, 29) * math.sqrt(1 / 30 / 31))
    assert got.low == pytest.approx(-got.high)


def test_a_table_gives_the_limits_of_its_columns() -> None:
    rng = np.random.default_rng(0)
    table = rng.uniform(-1, 1, (30, 4))
    low, high = difference_limits(table, t_quantile(0.975, 29))
    for column in range(4):
        got = difference_interval(table[:, column])
        assert (got.low, got.high) == pytest.approx((low[column], high[column]))


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=60), st.sampled_from([0.5, 0.95, 0.999]))
def test_difference_holds_its_estimate(d: list[float], confidence: float) -> None:
    got = difference_interval(d, confidence)
    assert got.low is not None
    assert got.high is not None
    assert -1.0 <= got.low <= got.estimate <= got.high <= 1.0


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.5, float("nan"), "0.95", True])
def test_refuses_a_confidence_outside_0_and_1(confidence: float) -> None:
    with pytest.raises(EvalError, match="confidence must be"):
        critical(30, confidence)


def test_refuses_no_problems() -> None:
    with pytest.raises(EvalError, match="no problems"):
        mean_interval([], 0)


@pytest.mark.parametrize(
    ("kind", "problems"), [("wide", 30), ("wide", 100), ("near one", 30), ("near one", 100)]
)
def test_covers_the_population_mean(kind: str, problems: int) -> None:
    rng = np.random.default_rng(7)
    rates = rng.beta(0.9, 0.5, 50_000) if kind == "wide" else rng.beta(20, 1, 50_000)
    rates[rng.random(50_000) < 0.02] = 0.0
    hits = 0
    for _ in range(400):
        x = rng.binomial(64, rng.choice(rates, problems)) / 64
        got = mean_interval(x, 64 * problems)
        assert got.low is not None
        assert got.high is not None
        hits += got.low <= rates.mean() <= got.high
    assert hits >= 0.92 * 400
