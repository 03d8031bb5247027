"""Lists, tuples, sets, plus-minus signs and named values."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from rewards.math.compare import compare
from rewards.math.tree import Add, Mul, Node, Number, Pow, Sequence, Symbol
from rewards.math.verdict import Outcome

from .asked import accepts, pairs, verdict

SAME = pairs(r"""
1,2 ~ 2,1
1 \text{ and } 3 ~ 3, 1
\{1,2\} ~ \{2,1\}
\{1,2,2\} ~ \{1,2\}
\{1,2\} ~ 2,1
(1,2) ~ 1,2
\{5\} ~ 5
(1,2,3) ~ [1,2,3]
(1,2),(3,4) ~ (3,4),(1,2)
(1,2),(3,4) ~ (3,4),(1,2),(3,4)
(1,2),(3,4) ~ \{(3,4),(1,2)\}
1/2, \sqrt{8} ~ 2\sqrt2, 0.5
1 \pm \sqrt{19} ~ 1-\sqrt{19}, 1+\sqrt{19}
\frac{1\pm\sqrt5}{2} ~ \frac{1-\sqrt5}{2},\frac{1+\sqrt5}{2}
0,\pm 1,\pm 2 ~ \{-2,-1,0,1,2\}
x=\pm 2 ~ 2,-2
(\pm 1,\pm 2) ~ (1,2),(1,-2),(-1,2),(-1,-2)
(\pm 1,\mp 2) ~ (1,-2),(-1,2)
1.68,0.45 ~ a=1.68, b=0.45
1.68,0.45 ~ b=0.45, a=1.68
a=1,b=2 ~ b=2,a=1
x=1,y=2 ~ (1,2)
x_1=1,x_2=2 ~ 2,1
x=1, x=2 ~ 2,1
x=1 or x=2 ~ 2,1
a=4,-8,-10 ~ -10,-8,4
1,2,3 ~ (x,y,z)=(1,2,3)
x=y=z=5 ~ 5
x=y=z=5 ~ (5,5,5)
P(3,4) ~ (3,4)
x=1,y=2 \text{ or } x=2,y=1 ~ (2,1),(1,2)
x=1,y=2 \text{ or } x=2,y=1 ~ x=2,y=1 \text{ or } x=1,y=2
(x,y)=(1,2),(2,1) ~ (2,1),(1,2)
n=1,2,3 ~ 3,1,2
""")
DIFFERENT = pairs(r"""
1,2 ~ 1,3
1,2 ~ 1
1,2 ~ 1,2,2
1,2,2 ~ 1,1,2
(1,2) ~ (2,1)
(1,2) ~ 2,1
(1,2) ~ [1,2]
(1,2) ~ \{1,2\}
(3,1) ~ \{1,3\}
\{1,2\} ~ \{1,2,3\}
\{1,2\} ~ \{1,\{2\}\}
1,2,2 ~ \{1,2\}
(1,2,3) ~ (1,3,2)
(1,2),(3,4) ~ (1,2),(4,3)
(1,2),(3,4) ~ (1,2)
(1,2),(3,4) ~ (1,2),(1,2)
1 \pm \sqrt{19} ~ 1+\sqrt{19}, 1-\sqrt{17}
1 \pm \sqrt{19} ~ 1+\sqrt{19}
\pm 2021 ~ 2021
0,\pm 1 ~ 0,1
(\pm 1,\mp 2) ~ (1,2),(-1,-2)
1.68,0.45 ~ a=0.45, b=1.68
1.68,0.45 ~ a=1.78, b=0.55
a=1,b=2 ~ a=2,b=1
x=1,y=2 ~ (2,1)
x=1,x=2 ~ 1,3
x_1=1,x_2=2 ~ 1,3
1,2,3 ~ (x,y,z)=(1,3,2)
x=y=z=5 ~ (5,5,4)
x=y=z=5 ~ (5,5)
P(3,4) ~ (4,3)
P(3,4) ~ P(3,5)
x=1,y=2 \text{ or } x=2,y=1 ~ (1,1),(2,2)
x=1,y=2 \text{ or } x=2,y=1 ~ x=2,y=2 \text{ or } x=1,y=1
n=1,2,3 ~ 1,2,4
5 ~ 5, 6
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_values(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)


def test_order_and_names_by_option() -> None:
    assert not accepts("1,2", "2,1", ordered=True)
    assert accepts("1,2", "1,2", ordered=True)
    assert accepts(r"\{1,2\}", r"\{2,1\}", ordered=True)
    assert accepts("m=1,n=2", "a=1,b=2")
    assert not accepts("m=1,n=2", "a=2,b=1")
    assert not accepts("m=1,n=2", "a=1,b=2", names=True)


def test_rounding_is_matched_one_to_one() -> None:
    assert accepts("0.33, 0.34", r"\frac{1}{3}, \frac{27}{80}"), "1/3 fits 0.33 alone, 0.3375 fits 0.34 alone"
    assert not accepts("0.33, 0.34", r"\frac{1}{3}, \frac{1}{3}")
    assert not accepts("0.33, 0.33", r"\frac{1}{3}, 0.5")


def test_the_rule_is_named() -> None:
    assert verdict("1,2", "2,1").rule == "list"
    assert verdict("(1,2)", "(2,1)").rule == "tuple"
    assert verdict("a=1,b=2", "b=2,a=1").rule == "named values"


def collection(numbers: list[int]) -> Node:
    return Sequence(tuple(Number(Fraction(n)) for n in numbers), "{", "}")


def test_large_sets_answer_by_hashing() -> None:
    numbers = list(range(1, 3001))
    one, other = collection(numbers), collection(numbers[::-1])
    assert compare(one, other).correct
    changed = collection([*numbers[1:], 3001])
    assert compare(one, changed).outcome is Outcome.WRONG


def powers(last: int, turned: bool) -> Node:
    """x^n + n for n from 2, or the same as n + x x^(n-1)."""
    x, numbers = Symbol("x"), [Number(Fraction(n)) for n in range(1, last)]
    if turned:
        steps = pairwise(numbers)
        return Sequence(tuple(Add((n, Mul((x, Pow(x, before))))) for before, n in steps))
    return Sequence(tuple(Add((Pow(x, n), n)) for n in numbers[1:]))


def test_unlike_expressions_are_matched_within_the_budget() -> None:
    assert compare(powers(40, False), powers(40, True)).correct
    assert compare(powers(40, False), powers(41, True)).outcome is Outcome.WRONG
    assert compare(powers(300, False), powers(300, True)).outcome is Outcome.TIMEOUT
