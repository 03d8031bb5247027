"""pass^k, G-Pass, mG-Pass and the variance of pass@k against exact fractions and enumeration."""

from fractions import Fraction
from itertools import combinations
from math import ceil, comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import EvalError, pass_at_k
from eval.consistency import g_pass_at_k, mg_pass_at_k, pass_hat_k
from eval.draws import binomial, hypergeometric
from eval.variance import variance_at_k, variance_estimate


@st.composite
def triples(draw: st.DrawFn, largest: int = 100) -> tuple[int, int, int]:
    n = draw(st.integers(1, largest))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


def chance(n: int, c: int, k: int, j: int) -> Fraction:
    return Fraction(comb(c, j) * comb(n - c, k - j), comb(n, k))


def g(n: int, c: int, k: int, tau: Fraction) -> Fraction:
    return sum((chance(n, c, k, j) for j in range(max(1, ceil(tau * k)), min(c, k) + 1)), Fraction(0))


@given(triples())
@settings(deadline=None, max_examples=40)
def test_hypergeometric_chances_are_exact(case: tuple[int, int, int]) -> None:
    n, c, k = case
    low, found = hypergeometric(n, c, k)
    for j, value in enumerate(found, low):
        true = float(chance(n, c, k, j))
        assert value == pytest.approx(true, rel=1e-12) or true < 1e-300


@given(st.integers(0, 40), st.integers(0, 64).map(lambda i: i / 64))
@settings(deadline=None, max_examples=40)
def test_binomial_chances_are_exact(n: int, p: float) -> None:
    exact = Fraction(p)
    for j, value in enumerate(binomial(n, p)):
        true = float(comb(n, j) * exact**j * (1 - exact) ** (n - j))
        assert value == pytest.approx(true, rel=1e-11) or true < 1e-290


@given(triples(), st.fractions(0, 1, max_denominator=12))
@settings(deadline=None, max_examples=40)
def test_g_pass_is_exact_and_ends_in_pass_at_k_and_pass_hat_k(
    case: tuple[int, int, int], tau: Fraction
) -> None:
    n, c, k = case
    assert float(g_pass_at_k(n, c, k, float(tau))) == pytest.approx(float(g(n, c, k, tau)), abs=1e-12)
    assert float(g_pass_at_k(n, c, k, 0.0)) == pytest.approx(float(pass_at_k(n, c, k)), abs=1e-12)
    assert float(g_pass_at_k(n, c, k, 1.0)) == pytest.approx(float(pass_hat_k(n, c, k)), abs=1e-12)
    whole = Fraction(2, k) * sum(
        (g(n, c, k, Fraction(i, k)) for i in range(ceil(k / 2) + 1, k + 1)), Fraction(0)
    )
    assert float(mg_pass_at_k(n, c, k)) == pytest.approx(float(whole), abs=1e-12)


@given(triples(3000))
@settings(deadline=None, max_examples=40)
def test_pass_hat_k_is_relatively_exact(case: tuple[int, int, int]) -> None:
    n, c, k = case
    true = float(Fraction(comb(c, k), comb(n, k)))
    assert float(pass_hat_k(n, c, k)) == pytest.approx(true, rel=1e-12) or true < 1e-300


def test_a_share_of_k_is_not_lost_to_rounding() -> None:
    # 0.1 * 30 is above 3 in floats; three right of thirty are a tenth all the same.
    assert float(g_pass_at_k(30, 3, 30, 0.1)) == 1.0
    assert float(g_pass_at_k(30, 2, 30, 0.1)) == 0.0


def test_shapes_are_those_of_pass_at_k() -> None:
    n, c = np.array([8, 16, 32]), np.array([[0], [4]])
    for function in (pass_hat_k, mg_pass_at_k, variance_estimate):
        assert function(n, c, [1, 4]).shape == (2, 3, 2)
        assert function(8, 2, 2).shape == ()
    assert g_pass_at_k(n, c, [1, 4], 0.5).shape == (2, 3, 2)


@pytest.mark.parametrize("tau", [-0.1, 1.1, float("nan")])
def test_refuses_a_tau_that_is_no_share(tau: float) -> None:
    with pytest.raises(EvalError, match="tau must be"):
        g_pass_at_k(8, 2, 2, tau)


@pytest.mark.parametrize("function", [pass_hat_k, mg_pass_at_k, variance_estimate])
def test_refuses_what_pass_at_k_refuses(function: object) -> None:
    for n, c, k in ((8, 2, 9), (8, 9, 1), (8, 2, 0), (8, float("nan"), 1), ([], [], 1)):
        with pytest.raises(EvalError):
            function(n, c, k)  # type: ignore[operator]


@given(st.integers(1, 9), st.data())
@settings(deadline=None, max_examples=40)
def test_variance_is_the_binomial_sum(n: int, data: st.DataObject) -> None:
    k, p = data.draw(st.integers(1, n)), data.draw(st.floats(0, 1))
    chances, values = binomial(n, p), pass_at_k(n, np.arange(n + 1), k)
    mean = chances @ values
    assert float(variance_at_k(n, k, p)) == pytest.approx(chances @ (values - mean) ** 2, abs=1e-14)


def test_variance_in_closed_form() -> None:
    p = np.array([0.0, 0.001, 0.3, 1.0])
    assert variance_at_k(50, 1, p) == pytest.approx(p * (1 - p) / 50, rel=1e-12)
    fail = (1 - p) ** 50
    assert variance_at_k(50, 50, p) == pytest.approx(fail * (1 - fail), rel=1e-12)


@given(st.integers(2, 400), st.data())
@settings(deadline=None, max_examples=40)
def test_variance_estimate_is_exact_and_not_negative(n: int, data: st.DataObject) -> None:
    k, c = data.draw(st.integers(1, n // 2)), data.draw(st.integers(0, n))
    fail, twice = Fraction(comb(n - c, k), comb(n, k)), Fraction(comb(n - c, 2 * k), comb(n, 2 * k))
    found, true = float(variance_estimate(n, c, k)), float(fail**2 - twice)
    assert found == pytest.approx(true, rel=1e-11, abs=1e-300)
    assert found >= 0


def test_variance_estimate_keeps_its_digits_at_a_hundred_thousand() -> None:
    assert float(variance_estimate(100_000, 1, 1)) == pytest.approx(1e-10, rel=1e-12)


def test_variance_estimate_is_unbiased_by_enumeration() -> None:
    n, k, p = 8, 3, Fraction(1, 3)
    weight = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    mean = sum(float(w) * float(variance_estimate(n, c, k)) for c, w in enumerate(weight))
    assert mean == pytest.approx(float(variance_at_k(n, k, float(p))), rel=1e-12)


def test_no_unbiased_variance_beyond_half_of_n() -> None:
    with pytest.raises(EvalError, match="n < 2k"):
        variance_estimate(8, 2, 5)


def test_g_pass_is_the_mean_over_all_subsets() -> None:
    outcomes = [1, 1, 0, 1, 0, 0, 0]
    for k in range(1, 8):
        draws = [sum(x) >= max(1, ceil(k / 2)) for x in combinations(outcomes, k)]
        assert float(g_pass_at_k(7, 3, k, 0.5)) == pytest.approx(sum(draws) / len(draws), abs=1e-13)
