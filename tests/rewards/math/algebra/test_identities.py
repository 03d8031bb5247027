"""Each identity with its near miss: the first two are equal, the third is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.math.algebra import same

from .trees import Expr, Part, cbrt, e, fn, i, infinity, node, num, pi, sqrt, symbols

x, y, z, n, m, k, a, b, C, K, t = symbols("x y z n m k a b C K t")
third = num(1, 3)

RATIONAL = [
    ((x + 1) ** 2, x**2 + 2 * x + 1, x**2 + 2 * x + 2),
    (1 / (x - 1) - 1 / (x + 1), 2 / (x**2 - 1), 2 / (x**2 + 1)),
    ((x**3 - y**3) / (x - y), x**2 + x * y + y**2, x**2 - x * y + y**2),
    ((a + b) ** 3 - a**3 - b**3, 3 * a * b * (a + b), 3 * a * b * (a - b)),
    ((x + 1) ** 60, (x**2 + 2 * x + 1) ** 30, (x**2 + 2 * x + 1) ** 30 + 1),
    (x / y, (2 * x) / (2 * y), y / x),
    (num(1, 3) + num(1, 6), num(1, 2), num(1, 5)),
    (fn("binomial", n, 2), n * (n - 1) / 2, n * (n + 1) / 2),
    (fn("f", x + 1), fn("f", 1 + x), fn("f", x + 2)),
    (fn("f", x) + fn("g", x), fn("g", x) + fn("f", x), fn("g", x) - fn("f", x)),
]
SURDS = [
    (sqrt(12), 2 * sqrt(3), 3 * sqrt(2)),
    (1 / (sqrt(3) - sqrt(2)), sqrt(3) + sqrt(2), sqrt(3) - sqrt(2)),
    (sqrt(3 + 2 * sqrt(2)), 1 + sqrt(2), 2 + sqrt(2)),
    (cbrt(2 + sqrt(5)) + cbrt(2 - sqrt(5)), num(1), num(1) + num(1, 10**9)),
    (sqrt(x**2), fn("abs", x), x),
    (sqrt(x) ** 2, x, -x),
    (sqrt(x**2 - 6 * x + 9), fn("abs", x - 3), x - 3),
    (sqrt(1 / n), 1 / sqrt(n), sqrt(n)),
    (sqrt(1 / (n - 350)), 1 / sqrt(n - 350), 1 / sqrt(n - 351)),
    (cbrt(x**3), x, -x),
    (cbrt(num(-8)), num(-2), num(2)),
    (x ** Fraction(2, 3), cbrt(x**2), cbrt(x) ** 2 + 1),
    (fn("cos", pi / 5), (1 + sqrt(5)) / 4, (1 + sqrt(6)) / 4),
]
TRANSCENDENTAL = [
    (fn("sin", x) ** 2 + fn("cos", x) ** 2, num(1), num(2)),
    (fn("tan", x), fn("sin", x) / fn("cos", x), fn("cos", x) / fn("sin", x)),
    (fn("sec", x) ** 2, 1 + fn("tan", x) ** 2, 1 - fn("tan", x) ** 2),
    (fn("cot", x), 1 / fn("tan", x), fn("tan", x)),
    (fn("arcsin", x) + fn("arccos", x), pi / 2, pi),
    (fn("arcsin", third), pi / 2 - fn("arccos", third), pi / 2 + fn("arccos", third)),
    (fn("arctan", num(2)) + fn("arctan", num(3)), 3 * pi / 4, -pi / 4),
    (fn("cos", 2 * pi / 7) + fn("cos", 4 * pi / 7) + fn("cos", 6 * pi / 7), num(-1, 2), num(1, 2)),
    (fn("sinh", x), (e**x - e**-x) / 2, (e**x + e**-x) / 2),
    (fn("ln", x / y), fn("ln", x) - fn("ln", y), fn("ln", x) / fn("ln", y)),
    (fn("ln", x**2), 2 * fn("ln", x), fn("ln", x) ** 2),
    (fn("log", num(100)), num(2), num(3)),
    (fn("log", x), fn("ln", x), fn("log", x, 2)),
    (fn("log", x), fn("log", x, 10), fn("log", x, 9)),
    (fn("log", num(8), num(2)), num(3), num(4)),
    (fn("exp", num(16)), e**16, num(8886111)),
    (1 - 1 / e, (e - 1) / e, 1 + 1 / e),
    (2 ** (n + 1), 2 * 2**n, 2**n),
    (num(4) ** x, 2 ** (2 * x), 2 ** (3 * x)),
]
COMPLEX = [
    (e ** (i * pi), num(-1), num(1)),
    ((1 + i) ** 2, 2 * i, -2 * i),
    (sqrt(num(-4)), 2 * i, num(-2)),
    (fn("abs", 3 + 4 * i), num(5), num(7)),
    (e ** (i * x), fn("cos", x) + i * fn("sin", x), fn("cos", x) - i * fn("sin", x)),
    (fn("conjugate", z) * z, fn("abs", z) ** 2, z**2 + 1),
    ((z + fn("conjugate", z)) / 2, fn("re", z), z),
]
INTEGERS = [
    (fn("floor", n / 2), (2 * n - 1 + num(-1) ** n) / 4, (2 * n + 1 + num(-1) ** n) / 4),
    (fn("floor", x), fn("floor", x + 1) - 1, x),
    (fn("ceil", x), -fn("floor", -x), fn("floor", x) + 1),
    (fn("factorial", n) / fn("factorial", n - 1), n, n - 1),
    (fn("binomial", 2 * n, n), fn("factorial", 2 * n) / fn("factorial", n) ** 2, fn("binomial", n, 2)),
    (fn("gcd", n, m) * fn("lcm", n, m), n * m, n + m),
    (fn("gcd", num(12), num(18)), num(6), num(3)),
    (fn("doublefactorial", 2 * n), 2**n * fn("factorial", n), 2**n),
    (num(-1) ** (n + 2), num(-1) ** n, num(-1) ** (n + 1)),
]
BOUND = [
    (fn("sum", k, k, 1, 10), num(55), num(54)),
    (fn("sum", k, k, 1, n), n * (n + 1) / 2, n * (n + 1) / 2 + 1),
    (fn("product", k, k, 1, n), fn("factorial", n), fn("factorial", n + 1)),
    (fn("sum", k**2, k, 0, n - 1), fn("sum", m**2, m, 0, n - 1), fn("sum", m**2, m, 0, n)),
]
CONSTANTS = [
    (fn("ln", fn("abs", 2 * x)) + C, fn("ln", fn("abs", x)) + C, 2 * fn("ln", fn("abs", x)) + C),
    (fn("sin", x) ** 2 / 2 + C, C - fn("cos", 2 * x) / 4, C + fn("cos", 2 * x) / 4),
    (x**2 + C, x**2 + K, x**3 + K),
    (x**2 + C, x**2, x**2 + 1),
    (a * x**2 + x + C, x + C + a * x**2, 2 * a * x**2 + x + C),
]
INFINITE = [(infinity, infinity + 0, -infinity), (2 * infinity, infinity, num(5))]
ALL = RATIONAL + SURDS + TRANSCENDENTAL + COMPLEX + INTEGERS + BOUND + CONSTANTS + INFINITE


@pytest.mark.parametrize(("left", "right", "miss"), ALL)
def test_an_identity_and_its_near_miss(left: Expr, right: Expr, miss: Expr) -> None:
    for one, other, equal in ((left, right, True), (left, miss, False), (right, miss, False)):
        there, back = same(node(one), node(other)), same(node(other), node(one))
        assert there.equal is equal, there
        assert back == there


@pytest.mark.parametrize("one", [part for row in ALL for part in row])
def test_everything_equals_itself(one: Expr) -> None:
    assert same(one.node, one.node).equal


def test_what_cannot_be_told_is_undecided() -> None:
    area = fn("integral", fn("sin", t), t, 0, x)
    assert same(area.node, (1 - fn("cos", x)).node).equal is None
    assert same(area.node, fn("integral", fn("sin", y), y, 0, x).node).equal
    assert same((fn("arcsin", x + 2) * 0 + fn("ln", -(x**2))).node, (x - 5).node).equal is not True


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (x**2 + y, a**2 + b, True),
        (x**2 + y, b**2 + y, True),
        (x**2 + y, b**2 + x, False),  # a name on both sides keeps its meaning
        (x**2 + y, a**2 + 2 * b, False),
        (x**2 + y, a**2 + x * 0, False),
        (x - y, a - b, True),
        (fn("sum", k**2, k, 1, n), fn("sum", t**2, t, 1, m), True),
    ],
)
def test_variables_are_renamed_on_request(left: Expr, right: Expr, equal: bool) -> None:
    assert same(node(left), node(right), rename=True).equal is equal
    assert same(node(right), node(left), rename=True).equal is equal
    assert not same(node(left), node(right)).equal


def test_the_rule_is_told() -> None:
    pairs: list[tuple[Part, Part, str]] = [
        (x + y, y + x, "same form"),
        (num(2) ** 5000, num(4) ** 2500 + 1, "rational arithmetic"),
        (x * (x + 1), x**2 + x, "polynomial identity"),
        (sqrt(12), 2 * sqrt(3), "numeric identity"),
    ]
    assert [same(node(left), node(right)).rule for left, right, _ in pairs] == [rule for *_, rule in pairs]


def test_a_floor_is_tested_between_and_at_the_integers() -> None:
    assert not same(fn("ceil", x).node, (fn("floor", x) + 1).node).equal
    assert not same(fn("floor", x).node, x.node).equal
    assert same(fn("floor", fn("sqrt_", x) * 0 + 7 * x / 7).node, fn("floor", x).node).equal
