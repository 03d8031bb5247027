"""Any tree at all: no exception, the same decision both ways round, in every thread and every process."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards.math import tree as t
from rewards.math.algebra import approx, exact_value, real_value, same
from rewards.math.verdict import OverBudget

from .trees import e, fn, num, pi, sqrt, symbols

x, y = symbols("x y")
NAMES = st.one_of(st.sampled_from(["x", "y", "n", "C", "k"]), st.text(max_size=3))


def numbers() -> st.SearchStrategy[t.Node]:
    small = st.builds(Fraction, st.integers(-20, 20), st.integers(1, 9))
    large = st.builds(
        lambda base, exponent: Fraction(base) ** exponent, st.integers(2, 11), st.integers(-400, 400)
    )
    return st.one_of(small, st.integers(-5, 5).map(Fraction), large).map(t.Number)


def grow(inner: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    several = st.lists(inner, max_size=4).map(tuple)
    return st.one_of(
        st.builds(t.Add, several.filter(bool)),
        st.builds(t.Mul, several.filter(bool)),
        st.builds(t.Pow, inner, inner),
        st.builds(t.Pow, inner, numbers()),
        st.builds(t.Call, st.one_of(st.sampled_from(sorted(t.FUNCTIONS)), NAMES), several),
        st.builds(lambda name, term: t.Call(name, (term,)), st.sampled_from(sorted(t.FUNCTIONS)), inner),
        st.builds(
            lambda term, high: t.Call("sum", (term, t.Symbol("k"), t.Number(Fraction(0)), high)), inner, inner
        ),
        st.builds(t.Quantity, inner, st.sampled_from(["degree", "percent", "cm"])),
        st.builds(lambda parts: t.Relation(parts, ("=",) * (len(parts) - 1)), several.filter(bool)),
        st.builds(lambda entries: t.Call("det", (t.Matrix((entries, entries)),)), several),
    )


def trees() -> st.SearchStrategy[t.Node]:
    constants = st.sampled_from(["pi", "e", "i", "infinity"]).map(lambda name: t.Constant(name))
    words = st.just(t.Text("none"))
    return st.recursive(st.one_of(numbers(), NAMES.map(t.Symbol), constants, words), grow, max_leaves=14)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees(), trees(), st.booleans())
def test_nothing_is_raised_and_sides_may_be_swapped(left: t.Node, right: t.Node, rename: bool) -> None:
    assert same(left, right, rename=rename) == same(right, left, rename=rename)
    assert same(left, left).equal is not False
    for ask in (exact_value, real_value, lambda tree: approx(tree, 20)):
        with suppress(OverBudget):
            ask(left)


PAIRS = [
    (sqrt(num(k)) + fn("sin", x) ** 2, sqrt(num(k)) + (k % 3 - 1) / num(10**20) + 1 - fn("cos", x) ** 2)
    for k in range(2, 40)
]


def test_threads_do_not_disturb_each_other() -> None:
    alone = [same(left.node, right.node) for left, right in PAIRS]
    assert {decision.equal for decision in alone} == {True, False}
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(lambda pair: same(pair[0].node, pair[1].node), PAIRS)) == alone


def test_processes_agree() -> None:
    code = (
        "from rewards.math.algebra import same; from rewards.math.tree import *; from fractions import Fraction\n"
        "x, f = Symbol('x'), lambda n: Pow(Symbol('x'), Number(Fraction(1, n)))\n"
        "print([same(Add((f(n), Call('f', (x,)))), f(n + m)).rule for n in (2, 3) for m in (0, 1)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_a_constant_is_told_from_its_continued_fraction() -> None:
    near = num(245850922, 78256779)
    assert same(pi.node, near.node).equal is False
    assert same((e**pi - pi).node, num(20).node).equal is False
    assert same((y * pi).node, (y * near).node).equal is False
