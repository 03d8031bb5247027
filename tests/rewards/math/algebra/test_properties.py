"""Random expressions: rewritten ones are equal, disturbed ones are not, and sides may be swapped."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.math.algebra import approx, exact_value, real_value, same

from .trees import Expr, e, fn, num, pi, sqrt, symbols

x, y, a = symbols("x y a")


def fractions() -> st.SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(-40, 40), st.integers(1, 15))


def leaves() -> st.SearchStrategy[Expr]:
    numbers = fractions().map(lambda value: num(value.numerator, value.denominator))
    roots = st.integers(2, 30).map(lambda k: sqrt(num(k)))
    return st.one_of(st.sampled_from([x, y, a]), numbers, roots, st.sampled_from([pi, e]))


def smooth(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Functions that are defined on all reals."""
    return st.one_of(
        inner.map(lambda part: fn("sin", part)),
        inner.map(lambda part: fn("arctan", part)),
        inner.map(lambda part: fn("exp", fn("cos", part))),
        inner.map(lambda part: sqrt(part**2 + 1)),
        inner.map(lambda part: fn("ln", part**2 + 2)),
        inner.map(lambda part: 1 / (part**2 + 3)),
    )


def expressions() -> st.SearchStrategy[Expr]:
    def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            pair.map(lambda two: two[0] + two[1]),
            pair.map(lambda two: two[0] * two[1]),
            pair.map(lambda two: two[0] - two[1]),
            inner.map(lambda part: part**2),
            smooth(inner),
        )

    return st.recursive(leaves(), grow, max_leaves=7)


def rewritten(expr: Expr, other: Expr, random: Random) -> Expr:
    """The same value, written in another way."""
    ways = [
        lambda: (expr + other) - other,
        lambda: ((expr + 1) ** 2 - (expr - 1) ** 2) / 4,
        lambda: expr * (fn("sin", other) ** 2 + fn("cos", other) ** 2),
        lambda: expr * (other**2 + 1) / (1 + other * other),
        lambda: (expr * (other**2 + 5) + expr * other) / (5 + other + other**2),
        lambda: fn("ln", fn("exp", fn("arctan", other))) - fn("arctan", other) + expr,
        lambda: expr + sqrt(other**2) - fn("abs", other),
        lambda: expr * sqrt(num(6)) / (sqrt(num(2)) * sqrt(num(3))),
        lambda: expr / (sqrt(num(5)) - 2) - expr * (sqrt(num(5)) + 2) + expr,
    ]
    return random.choice(ways)()


@settings(max_examples=100, deadline=None)
@given(expressions(), expressions(), st.randoms(use_true_random=False))
def test_a_rewritten_expression_is_equal(expr: Expr, other: Expr, random: Random) -> None:
    new = rewritten(expr, other, random)
    assert same(expr.node, new.node).equal, same(expr.node, new.node)
    assert same(expr.node, new.node) == same(new.node, expr.node)


@settings(max_examples=100, deadline=None)
@given(expressions(), expressions(), fractions().filter(bool), st.randoms(use_true_random=False))
def test_a_disturbed_expression_is_not(expr: Expr, other: Expr, by: Fraction, random: Random) -> None:
    new = rewritten(expr, other, random)
    shift = num(by.numerator, by.denominator)
    disturbed = random.choice([new + shift, new + shift * x**2, new + shift * pi / 10**12])
    assert same(expr.node, disturbed.node).equal is False
    assert same(disturbed.node, expr.node).equal is False


@settings(max_examples=100, deadline=None)
@given(expressions(), expressions())
def test_sides_may_be_swapped(left: Expr, right: Expr) -> None:
    assert same(left.node, right.node) == same(right.node, left.node)


@settings(max_examples=100, deadline=None)
@given(st.lists(fractions(), min_size=1, max_size=6), st.integers(-6, 6))
def test_rational_arithmetic_is_exact(values: list[Fraction], exponent: int) -> None:
    total, tree = Fraction(0), num(0)
    for place, value in enumerate(values):
        total, tree = (total + value, tree + value) if place % 2 else (total * value, tree * value)
        total, tree = total + 1, 1 + tree
    if total or exponent >= 0:
        assert exact_value((tree**exponent).node) == total**exponent
        assert real_value((tree**exponent).node) == float(total**exponent)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 10**6), st.integers(2, 9), st.integers(1, 60))
def test_an_approximation_has_its_digits(value: int, degree: int, digits: int) -> None:
    root = (num(value) ** Fraction(1, degree)).node
    exact = exact_value(root)
    sign, mantissa, exponent, _ = approx(root, digits)._mpf_
    found = Fraction(mantissa) * Fraction(2) ** exponent
    near = Fraction(1, 10**digits)
    assert sign == 0
    assert (found * (1 - near)) ** degree < value < (found * (1 + near)) ** degree
    assert exact is None or exact**degree == value
