"""Numbers that nobody can write out: told apart exactly, or refused, and never for long."""

from __future__ import annotations

import threading
import time
import tracemalloc
from contextlib import suppress
from fractions import Fraction

import pytest

from rewards.math.algebra import approx, exact_value, real_value, same
from rewards.math.tree import Add, Mul, Number, Pow
from rewards.math.verdict import OverBudget

from .trees import Expr, e, fn, node, num, pi, sqrt, symbols

x, y = symbols("x y")
SECONDS = 10.0
"""A generous bound: what hangs, hangs for ever."""


def tower(height: int, top: int = 5) -> Expr:
    found = num(top)
    for _ in range(height - 1):
        found = num(5) ** found
    return found


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1 / fn("factorial", 2004), 1 / fn("factorial", 2006), False),
        (2005 * fn("factorial", 2004), fn("factorial", 2005), True),
        (1 / num(2) ** 99, 1 / num(2) ** 98, False),
        ((num(2) ** 2005 + 1) / (3 * num(2) ** 2006), 1 / (3 * num(2) ** 2006), False),
        ((num(2) ** 2005 + 1) / (3 * num(2) ** 2006), (1 + num(2) ** -2005) / 6, True),
        (tower(3), tower(3) + 1, False),
        (tower(3), 5 * num(5) ** (num(5) ** 5 - 1), True),
        (tower(4), tower(4) + 1, False),
        (tower(5), tower(5, 4), False),
        (tower(9), tower(9), True),
        (num(10) ** 100_000 + 1, num(10) ** 100_000, False),
        (num(6) ** 100_000, num(2) ** 100_000 * num(3) ** 100_000, True),
        (num(10) ** (num(10) ** 10), num(10) ** (num(10) ** 10) + 1, False),
        (fn("binomial", 5000, 2500), fn("factorial", 5000) / fn("factorial", 2500) ** 2, True),
        (e ** (pi * sqrt(163)), num(640320) ** 3 + 744, False),
        (sqrt(num(10) ** 200 + 1), num(10) ** 100, False),
        (sqrt(num(10) ** 200 + 1) - num(10) ** 100, num(0), False),
        (x * sqrt(num(10) ** 200 + 1), x * num(10) ** 100, False),
        (sqrt(num(10) ** 200), num(10) ** 100, True),
    ],
)
def test_near_equal_giants(left: Expr, right: Expr, equal: bool) -> None:
    before = time.monotonic()
    assert same(left.node, right.node).equal is equal
    assert time.monotonic() - before < SECONDS


def nested(depth: int) -> Expr:
    found = x
    for _ in range(depth):
        found = sqrt(found + 1)
    return found


HOSTILE = [
    tower(6),
    tower(2000),
    fn("sin", num(10) ** (num(10) ** 10)),
    fn("cos", tower(5)),
    fn("factorial", num(10) ** 50),
    fn("factorial", fn("factorial", fn("factorial", 9))),
    fn("gamma", num(10) ** 40 + num(1, 3)),
    fn("exp", fn("exp", fn("exp", fn("exp", 9)))),
    fn("ln", fn("ln", fn("ln", tower(5)))),
    fn("binomial", num(10) ** 30, num(10) ** 29),
    fn("floor", tower(4) / 7),
    fn("gcd", num(10) ** 9999, num(6) ** 9999),
    fn("sum", fn("factorial", x), x, 1, 10**9),
    fn("sum", fn("sum", fn("sum", x * y, x, 1, 199), y, 1, 199), x, 1, 199),
    (x + y) ** (num(10) ** 40),
    (x + num(1)) ** 10_000_000,
    nested(2000),
    Expr(Add(tuple(Mul((Number(Fraction(k)), Pow(x.node, Number(Fraction(k))))) for k in range(20_000)))),
    Expr(Mul(tuple(Add((x.node, Number(Fraction(1, k + 1)))) for k in range(3000)))),
    Expr(Add(tuple(Number(Fraction(1, 10**60 + k)) for k in range(3000)))),
    Expr(Number(Fraction(7**200_000, 3**200_000))),
    Expr(Number(Fraction(7**200_000))) ** Fraction(1, 3),
    fn("f", *[sqrt(x + k) for k in range(300)]),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_budget_holds(hostile: Expr) -> None:
    before = time.monotonic()
    for other in (x + 1, hostile + 1):
        assert same(hostile.node, other.node, rename=True).equal is not True
    for ask in (exact_value, real_value, lambda tree: approx(tree, 50)):
        with suppress(OverBudget):
            ask(hostile.node)
    assert time.monotonic() - before < 2 * SECONDS


def test_deep_trees_need_no_deep_stack() -> None:
    threading.stack_size(256 * 1024)
    found: list[bool | None] = []
    try:
        thread = threading.Thread(target=lambda: found.append(same(nested(900).node, nested(900).node).equal))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert found == [True]


def test_giants_take_no_memory() -> None:
    tracemalloc.start()
    same((num(9) ** num(9) ** num(9)).node, (num(9) ** num(9) ** num(9) + 1).node)
    same((1 / fn("factorial", 19_000)).node, (1 / fn("factorial", 19_001)).node)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_an_exact_value_is_bounded_before_it_is_computed() -> None:
    for giant in (num(10) ** 10**9, fn("factorial", 10**7), fn("binomial", 10**6, 5 * 10**5), tower(3) ** 40):
        with pytest.raises(OverBudget):
            exact_value(node(giant))
