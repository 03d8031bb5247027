"""Sets of real numbers in every notation, and the bracket, sign or end that makes another set."""

from __future__ import annotations

import pytest

from .asked import accepts, pairs, verdict

SAME = pairs(r"""
x \geq 5 ~ 5 \leq x
a \le 0 ~ (-\infty,0]
x\in[-2,7] ~ [-2,7]
\{x|-2<x<3\} ~ (-2,3)
(1,2) ~ 1<x<2
1<x<3 ~ 3>x>1
x>3 ~ y>3
x\neq -6 ~ (-\infty,-6)\cup(-6,\infty)
\mathbb{R}\setminus\{3\} ~ x\ne 3
\{x | x < \frac{3}{2}\} - \{-6\} ~ (-\infty,-6)\cup(-6,\frac32)
x<1 or x>3 ~ (-\infty,1)\cup(3,\infty)
x<1 or x>3 ~ x<1, x>3
x>1 and x<3 ~ (1,3)
1<x<3,x\ne 2 ~ (1,2)\cup(2,3)
\{-1\}\cup[0,7) ~ [0,7)\cup\{-1\}
[1,2]\cup[2,3] ~ [1,3]
(1,2)\cup[2,3) ~ (1,3)
[1,5]\cap[3,7] ~ [3,5]
(-\infty,\infty) ~ \mathbb{R}
\emptyset ~ \{\}
x\in\{1,2\} ~ 1,2
x\ge 0.5 ~ [1/2,\infty)
x>a ~ a<x
x+y<2 ~ 2x+2y<4
y>2x+1 ~ 2x-y+1<0
\{x \in \mathbb{Z} | 1 \le x \le 3\} ~ 1,2,3
x\in\mathbb{Z}, 1\le x\le 3 ~ \{1,2,3\}
\{x\in\mathbb{Z}^+ | x<4\} ~ 1,2,3
\{x\in\mathbb{Z} | x^2<4\} ~ \{t\in\mathbb{Z} | t^2<4\}
(1,2)\cap(2,3) ~ \emptyset
[0,\infty) ~ \mathbb{R}_{\ge 0}
x=0 or x\ge 2 ~ \{0\}\cup[2,\infty)
x\ne 1,2 ~ \mathbb{R}\setminus\{1,2\}
x\notin\{1,2\} ~ x\ne 1 \text{ and } x\ne 2
x>2 \text{ and } y<1 ~ y<1 \text{ and } x>2
[1,2),(3,4] ~ [1,2)\cup(3,4]
x>a ~ (a,\infty)
a<x<b ~ (a,b)
(0,1]\cup(2,\sqrt{11}) ~ (2,\sqrt{11})\cup(0,1]
(-\sqrt{2},\sqrt{2}) ~ -\sqrt2<x<\sqrt2
\frac{-1+\sqrt{5}}{2} < m < \frac{3}{2} ~ (\frac{\sqrt{5}-1}{2}, \frac{3}{2})
[x, x+1] ~ [x, 1+x]
""")
DIFFERENT = pairs(r"""
x \geq 5 ~ x > 5
x \geq 5 ~ x \leq 5
x>5 ~ 5>x
x>3 ~ 3
a\le 0 ~ (-\infty,0)
x\in[-2,7] ~ [-2,6]
\{x|-2<x<3\} ~ (-2,4)
-2<x<3 ~ [-2,3]
(1,2) ~ 1\le x<2
[0,1) ~ (0,1)
[0,1) ~ [0,1]
[0,1) ~ (0,1]
(1,3) ~ (1,3]
(1,2)\cup(2,3) ~ (1,3)
x<1 or x>3 ~ (-\infty,1)\cup[3,\infty)
x<1 or x>3 ~ x<1
\{-1\}\cup[0,7) ~ [0,7)\cup\{1\}
x\ne 3 ~ x\ne -3
\mathbb{R}\setminus\{3\} ~ \mathbb{R}
\emptyset ~ 0
\mathbb{Z} ~ \mathbb{Q}
x>a ~ [a,\infty)
a<x<b ~ (b,a)
x\in\{1,2\} ~ 1,3
x\in\{1,2\} ~ [1,2]
[-3,2] ~ (-\infty,-3]\cup[2,\infty)
(-\infty,0)\cup(1,\infty) ~ (0,1)
x^2>3 ~ x>3
x+y<2 ~ 2x+2y>4
x+y<2 ~ x+y\le 2
y>2x+1 ~ 2x-y+1>0
\{x \in \mathbb{Z} | 1 \le x \le 3\} ~ 1,2
\{x \in \mathbb{Z} | 1 < x \le 3\} ~ 1,2,3
\{x \in \mathbb{Z} | 1 \le x \le 3\} ~ [1,3]
x\in\mathbb{N}, x<3 ~ 1,2,3
x>0 ~ \mathbb{R}_{\ge 0}
x\ne 1,2 ~ \mathbb{R}\setminus\{1,3\}
x>2 \text{ and } y<1 ~ x<2 \text{ and } y<1
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_set(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_sets(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)


def test_a_relation_is_no_set_where_the_options_say_so() -> None:
    assert not accepts("x>3", r"(3,\infty)", relation_as_set=False)
    assert not accepts(r"(3,\infty)", "x>3", relation_as_set=False)
    assert accepts("x>3", "3<x", relation_as_set=False)
    assert accepts(r"x\in(3,\infty)", r"(3,\infty)", relation_as_set=False)


def test_names_count_by_option() -> None:
    assert not accepts("x>3", "y>3", names=True)
    assert accepts("x>3", r"(3,\infty)", names=True)


def test_the_rule_is_named() -> None:
    assert verdict("[0,1)", "(0,1]").rule == "interval ends"
    assert verdict("[0,1)", "0 \\le x < 1").rule == "interval"
    assert verdict(r"x\in\{1,2\}", "2,1").rule == "finite set"
