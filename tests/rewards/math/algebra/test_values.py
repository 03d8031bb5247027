"""What constants are worth."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from rewards.math.algebra import approx, exact_value, real_value
from rewards.math.verdict import OverBudget

from .trees import Expr, Part, cbrt, e, fn, i, infinity, node, num, pi, sqrt, symbols

(x,) = symbols("x")


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        (num(1, 2) + num(1, 3), Fraction(5, 6)),
        (num(2) ** 10 / 3, Fraction(1024, 3)),
        (sqrt(num(4, 9)), Fraction(2, 3)),
        (cbrt(num(8)), 2),
        (cbrt(num(-8)), -2),
        (num(8) ** Fraction(2, 3), 4),
        (sqrt(num(2)) * sqrt(num(2)), 2),
        (sqrt(num(2)), None),
        (sqrt(num(-4)), None),
        (fn("log", 8, 2), 3),
        (fn("log", 4, 8), Fraction(2, 3)),
        (fn("log", 1000), 3),
        (fn("ln", e), 1),
        (fn("log", 7), None),
        (fn("sin", pi / 6), Fraction(1, 2)),
        (fn("sin", 7 * pi / 6), Fraction(-1, 2)),
        (fn("cos", pi), -1),
        (fn("cos", -2 * pi / 3), Fraction(-1, 2)),
        (fn("tan", 3 * pi / 4), -1),
        (fn("tan", 5 * pi / 4), 1),
        (fn("sin", pi / 4), None),
        (fn("factorial", 5), 120),
        (fn("binomial", 10, 3), 120),
        (fn("permutations", 10, 3), 720),
        (fn("gcd", 12, 18), 6),
        (fn("lcm", 4, 6), 12),
        (fn("floor", num(-7, 2)), -4),
        (fn("ceil", num(-7, 2)), -3),
        (fn("mod", 17, 5), 2),
        (fn("mod", -1, 5), 4),
        (fn("abs", num(-3)), 3),
        (fn("sum", x**2, x, 1, 10), 385),
        (fn("factorial", 150) / fn("factorial", 149), 150),
        (i**2, -1),
        (x, None),
        (num(1) / 0, None),
        (pi, None),
        (infinity, None),
    ],
)
def test_exact_values(tree: Part, value: Fraction | None) -> None:
    assert exact_value(node(tree)) == value


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        (pi, math.pi),
        (sqrt(num(2)) - 1, math.sqrt(2) - 1),
        (fn("exp", num(-3)), math.exp(-3)),
        (num(1, 3), 1 / 3),
        (infinity, math.inf),
        (-2 * infinity, -math.inf),
        (sqrt(num(-2)), None),
        (i, None),
        (x, None),
        (fn("ln", num(0)), None),
        (fn("tan", pi / 2), None),
        (e ** (i * pi / 3) + e ** (-i * pi / 3), 1.0),
        (num(10) ** 1000, None),
    ],
)
def test_real_values(tree: Expr, value: float | None) -> None:
    assert real_value(tree.node) == (value if value is None else pytest.approx(value, rel=1e-12))


def test_cancellation_costs_no_digits() -> None:
    close = (sqrt(num(10) ** 60 + 1) - num(10) ** 30).node
    assert real_value(close) == pytest.approx(5e-31, rel=1e-15)
    assert f"{float(approx(close, 30)):.15e}" == "5.000000000000000e-31"


def test_digits_are_counted_out() -> None:
    import mpmath

    with mpmath.workdps(1010):
        assert mpmath.nstr(approx(pi.node, 1000), 1000) == mpmath.nstr(+mpmath.pi, 1000)
    with pytest.raises(OverBudget):
        approx(pi.node, 10_000)
    assert approx((sqrt(num(2)) * sqrt(num(3)) - sqrt(num(6))).node, 10) == 0
