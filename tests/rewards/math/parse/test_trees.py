"""Texts and the exact trees that they are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.math import tree as t
from rewards.math.parse import parse


def n(value: int | str, places: int | None = None) -> t.Number:
    return t.Number(Fraction(value), places)


def bare(*items: t.Node) -> t.Sequence:
    return t.Sequence(items)


def pair(*items: t.Node, left: str = "(", right: str = ")") -> t.Sequence:
    return t.Sequence(items, left, right)


x, y, a, b, k = (t.Symbol(name) for name in "xyabk")
pi, e, i, infinity = t.Constant("pi"), t.Constant("e"), t.Constant("i"), t.Constant("infinity")

TREES: list[tuple[str, t.Node]] = [
    ("42", n(42)),
    ("-3.50", n("-7/2", 2)),
    ("3/4", n("3/4")),
    (r"\frac{3}{4}", n("3/4")),
    ("1/0", t.Pow(n(0), n(-1))),
    ("14.0 + -1.0i", t.Add((n(14, 1), t.Mul((n(-1, 1), i))))),
    ("-2*pi", t.Mul((n(-2), pi))),
    ("exp(16)", t.Pow(e, n(16))),
    ("sqrt(3)/2", t.Mul((t.Pow(n(3), n("1/2")), n("1/2")))),
    (r"\sqrt[3]{4}", t.Pow(n(4), n("1/3"))),
    (r"\frac34i", t.Mul((n("3/4"), i))),
    ("x/y", t.Mul((x, t.Pow(y, n(-1))))),
    ("-x^2", t.Mul((n(-1), t.Pow(x, n(2))))),
    (r"0.0\overline{3}", n("1/30")),
    ("1,234", n(1234)),
    ("(1,234)", pair(n(1), n(234))),
    ("1.5e3", n(1500)),
    ("1.5e-3", n("0.0015", 4)),
    (r"28\%", t.Quantity(n(28), "percent")),
    (r"90^{\circ}", t.Quantity(n(90), "degree")),
    (r"\$12.50", t.Quantity(n("12.5", 2), "dollar")),
    (r"10\text{ cm}^2", t.Quantity(n(10), "cm^2")),
    ("40 chocolate candies", t.Quantity(n(40), "chocolate candies")),
    ("1112112_{3}", t.Based(1121, 3)),
    ("1:30", t.Clock(5400)),
    ("7:42 pm", t.Clock(27720, "pm")),
    ("5:8", t.Ratio((n(5), n(8)))),
    (r"\sin^2 x", t.Pow(t.Call("sin", (x,)), n(2))),
    (r"\tan^{-1} x", t.Call("arctan", (x,))),
    (r"\log_{10} 2", t.Call("log", (n(2), n(10)))),
    ("n!!", t.Call("doublefactorial", (t.Symbol("n"),))),
    ("|x|", t.Call("abs", (x,))),
    ("f(x)", t.Call("f", (x,))),
    ("x(y)", t.Mul((x, y))),
    ("T(10)=2", t.Relation((t.Call("T", (n(10),)), n(2)), ("=",))),
    ("x_{max}", t.Symbol("x_max")),
    ("1, 2 and 3", bare(n(1), n(2), n(3))),
    ("[1,2)", pair(n(1), n(2), left="[")),
    ("]1,2]", pair(n(1), n(2), right="]")),
    (r"\{1,2\}", pair(n(1), n(2), left="{", right="}")),
    (r"\langle 1,2\rangle", pair(n(1), n(2), left="<", right=">")),
    (r"(-\infty,0]", pair(t.Mul((n(-1), infinity)), n(0), right="]")),
    (r"1 \pm \sqrt{2}", t.Add((n(1), t.PlusMinus(t.Pow(n(2), n("1/2")))))),
    (r"\mp 2", t.PlusMinus(n(2), flipped=True)),
    (r"a<b\le 3", t.Relation((a, b, n(3)), ("<", "<="))),
    ("x=1, 2", t.Relation((x, bare(n(1), n(2))), ("=",))),
    ("x=1, y=2", bare(t.Relation((x, n(1)), ("=",)), t.Relation((y, n(2)), ("=",)))),
    ("x<1 or x>3", t.Logic("or", (t.Relation((x, n(1)), ("<",)), t.Relation((x, n(3)), (">",))))),
    ("x in [0,1]", t.Relation((x, pair(n(0), n(1), left="[", right="]")), ("in",))),
    (r"x \approx 1.4", t.Relation((x, n("1.4", 1)), ("approx",))),
    (r"x \equiv 2 \pmod 5", t.Relation((x, n(2), n(5)), ("=", "mod"))),
    (r"\{x \mid x>0\}", t.SetBuilder(x, t.Relation((x, n(0)), (">",)))),
    (r"\mathbb{R}\setminus\{0\}", t.SetOp("difference", (t.NamedSet("R"), pair(n(0), left="{", right="}")))),
    (r"k\pi, k \in \mathbb{Z}", t.Where(t.Mul((k, pi)), t.Relation((k, t.NamedSet("Z")), ("in",)))),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", t.Matrix(((n(1),), (n(2),)))),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", t.Call("det", (t.Matrix(((n(1), n(2)), (n(3), n(4)))),))),
    (r"\sum_{k=0}^{3} k", t.Call("sum", (k, k, n(0), n(3)))),
    (r"\int_0^1 x\,dx", t.Call("integral", (x, x, n(0), n(1)))),
    (r"\lim_{x\to 0} y", t.Call("limit", (y, x, n(0)))),
    (r"\text{(C)}", t.Symbol("C")),
    ("Line segment", t.Text("line segment")),
    ("Minimum: 1", t.Relation((t.Symbol("minimum"), n(1)), ("=",))),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text for text, _ in TREES])
def test_a_text_is_this_tree(text: str, tree: t.Node) -> None:
    assert parse(text) == tree
