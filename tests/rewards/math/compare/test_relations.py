"""Equations, definitions, chains and conditions; what an equation in the answer says, and what it does not."""

from __future__ import annotations

import pytest

from .asked import accepts, pairs

SAME = pairs(r"""
x=3 ~ 3
x=3 ~ y=3
3=x ~ 3
f(x)=x+1 ~ x+1
f(x)=x+1 ~ f(t)=t+1
f(x)=x+1 ~ g(t)=1+t
f(x)=x+1 ~ y=x+1
f(2)=5 ~ 5
\frac{1}{x}, x\neq 0 ~ \frac1x
k=2n-1, n\in\mathbb{N} ~ 2n-1
f(x)=x^2, x\ge 0 ~ f(x)=x^2
\frac{x^2}{4}+\frac{y^2}{3}=1 ~ 3x^2+4y^2=12
y^2=4x ~ x=\frac{y^2}{4}
k=2n-1 ~ 2n-1
y=-8(x-3) ~ -8x+24
y_1=x+1, y_2=x+2 ~ y_2=2+x, y_1=1+x
y=2x+3 ~ 2x-y+3=0
y=x+1 ~ x=y-1
2x+3y=5 ~ 3y=5-2x
x^2+y^2=1 ~ 2x^2+2y^2=2
xy=6 ~ yx=6
f(2)<f(1)<f(4) ~ f(4)>f(1)>f(2)
k\pi, k\in\mathbb{Z} ~ n\pi, n\in\mathbb{Z}
f(x)=x \text{ for all } x\in\mathbb{R} ~ f(x)=x
f(x)=-1,f(x)=x+1 ~ f(x)=-1 \text{ for all } x\in\mathbb{Z}, \text{ and } f(x)=x+1 \text{ for all } x\in\mathbb{Z}
(k,\ell)=(3x,64-5x) ~ (3t,64-5t) \text{ for some integer } t
""")
DIFFERENT = pairs(r"""
x=3 ~ 4
x=3 ~ -3
f(x)=x+1 ~ f(t)=t+2
f(x)=x+1 ~ t+1
f(2)=5 ~ 2
\frac{1}{x}, x\neq 0 ~ \frac2x
x=2, y>3 ~ x=2
y^2=4x ~ x=\frac{y^2}{2}
k=2n-1 ~ 2n-2
y=-8(x-3) ~ -8x-24
y=2x+3 ~ 2x-y+4=0
y=x+1 ~ x=y+1
x^2+y^2=1 ~ x^2-y^2=1
x^2+y^2=1 ~ x^2+y^2=2
x^2+y^2=1 ~ x^2+y^2
xy=6 ~ xy=5
f(2)<f(1)<f(4) ~ f(1)<f(2)<f(4)
a<b<c<d ~ b<a<d<c
k\pi, k\in\mathbb{Z} ~ 2n\pi, n\in\mathbb{Z}
f(x)=x \text{ for all } x\in\mathbb{R} ~ f(x)=2x
f(x)=1 ~ f(x)=x \text{ for all } x\in\mathbb{Q}
5 ~ 2+2=5
5 ~ 5=2+2
5 ~ 5=6
0 ~ 0=1
(k,\ell)=(3x,64-5x) ~ (3t,64+5t) \text{ for some integer } t
""")
ONE_WAY = pairs(r"""
1/3 ~ x=5+5+1=1/3
x=1/3 ~ x = 5+5+1 = 1/3 \approx 11
4 ~ 2+2=4
5 ~ a+b=5
\frac{1+\sqrt{97}}{8} ~ \frac{1+\sqrt{97}}{8} \approx 1.36
1.36 ~ x \approx 1.36
y+1=-(2x-1)^2 ~ -4x^2+4x-2
xy=6 ~ \frac{6}{x}
""")
NEVER = pairs(r"""
x+y=5 ~ 5
7=11a+c ~ 11a+c
11a+c ~ 7=11a+c
x=3 ~ 2x=6
x=3 ~ x-3=0
1/3 ~ 5+5+1=1/3
1.36 ~ \frac{1+\sqrt{95}}{8} \approx 1.36
\frac{1+\sqrt{97}}{8} ~ \frac{1+\sqrt{95}}{8} \approx 1.36
11 ~ x = 1/3 \approx 11
x ~ x=3
y=x+1 ~ x=x+1
0 ~ x^2-5x+6=0
y+1=-(2x-1)^2 ~ -4x^2+4x-3
x^2+y^2=1 ~ \sqrt{1-x^2}
xy=6 ~ \frac{6}{x+1}
6/x ~ xy=6
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_statement(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_statements(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)


@pytest.mark.parametrize(("reference", "predicted"), ONE_WAY)
def test_the_reference_takes_the_prediction(reference: str, predicted: str) -> None:
    assert accepts(reference, predicted)


@pytest.mark.parametrize(("reference", "predicted"), NEVER)
def test_the_reference_does_not_take_the_prediction(reference: str, predicted: str) -> None:
    assert not accepts(reference, predicted)


def test_names_are_held_against_the_answer_only_by_option() -> None:
    assert not accepts("x=3", "y=3", names=True)
    assert accepts("x=3", "3", names=True)
    assert accepts("x=3", "x=3", names=True)
    assert not accepts("f(x)=x", "g(x)=x", names=True)
    assert accepts("f(x)=x", "f(t)=t", names=True)
