"""The quantile of Student's t against closed forms and published tables."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import EvalError
from eval.student import incomplete_beta, t_quantile


@pytest.mark.parametrize("p", [0.5001, 0.6, 0.9, 0.975, 0.9995])
def test_closed_forms(p: float) -> None:
    one = math.tan(math.pi * (p - 0.5))
    two = (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
    root = math.sqrt(4 * p * (1 - p))
    four = 2 * math.sqrt(math.cos(math.acos(root) / 3) / root - 1)
    assert t_quantile(p, 1) == pytest.approx(one, rel=1e-11)
    assert t_quantile(p, 2) == pytest.approx(two, rel=1e-11)
    assert t_quantile(p, 4) == pytest.approx(four, rel=1e-9)


@pytest.mark.parametrize(
    ("dof", "p", "value"),
    [
        (3, 0.975, 3.182446305284263),
        (5, 0.995, 4.032142983557536),
        (10, 0.95, 1.8124611228107335),
        (29, 0.975, 2.045229642132703),
        (99, 0.975, 1.984216951586427),
        (499, 0.975, 1.9647293909876743),
    ],
)
def test_table_values(dof: int, p: float, value: float) -> None:
    assert t_quantile(p, dof) == pytest.approx(value, rel=1e-10)


def test_tends_to_the_normal_quantile() -> None:
    z = NormalDist().inv_cdf(0.975)
    # Hill 1970, first two terms of the expansion in 1/dof.
    for dof in (1e4, 1e5, 1e6):
        series = z + (z**3 + z) / (4 * dof) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * dof**2)
        assert t_quantile(0.975, dof) == pytest.approx(series, rel=1e-10)


@given(st.floats(0.001, 0.999), st.integers(1, 2000))
def test_is_odd_and_beyond_the_normal(p: float, dof: int) -> None:
    value = t_quantile(p, dof)
    assert value == pytest.approx(-t_quantile(1 - p, dof), rel=1e-9, abs=1e-12)
    assert abs(value) >= abs(NormalDist().inv_cdf(p)) * (1 - 1e-9)


@given(st.floats(0.01, 0.99), st.integers(1, 60), st.integers(1, 60))
def test_incomplete_beta_is_a_binomial_tail(x: float, a: int, b: int) -> None:
    n = a + b - 1
    tail = math.fsum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))
    assert incomplete_beta(a, b, x, 1 - x) == pytest.approx(tail, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize(("p", "dof"), [(0.0, 3), (1.0, 3), (float("nan"), 3), (0.9, 0), (0.9, -1)])
def test_refuses_what_has_no_quantile(p: float, dof: float) -> None:
    with pytest.raises(EvalError, match="no t quantile"):
        t_quantile(p, dof)
