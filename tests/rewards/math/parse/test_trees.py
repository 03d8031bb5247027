"""Texts and the exact trees that they are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.math.parse import parse
from rewards.math.tree import (
    Add,
    Based,
    Call,
    Clock,
    Constant,
    Logic,
    Matrix,
    Mul,
    NamedSet,
    Node,
    Number,
    PlusMinus,
    Pow,
    Quantity,
    Ratio,
    Relation,
    Sequence,
    SetBuilder,
    SetOp,
    Symbol,
    Text,
    Where,
)


def n(value: int | str, places: int | None = None) -> Number:
    return Number(Fraction(value), places)


def bare(*items: Node) -> Sequence:
    return Sequence(items)


def pair(*items: Node, left: str = "(", right: str = ")") -> Sequence:
    return Sequence(items, left, right)


x, y, a, b, k = (Symbol(name) for name in "xyabk")
pi, e, i, infinity = Constant("pi"), Constant("e"), Constant("i"), Constant("infinity")

TREES: list[tuple[str, Node]] = [
    ("42", n(42)),
    ("-3.50", n("-7/2", 2)),
    ("3/4", n("3/4")),
    (r"\frac{3}{4}", n("3/4")),
    ("1/0", Pow(n(0), n(-1))),
    ("14.0 + -1.0i", Add((n(14, 1), Mul((n(-1, 1), i))))),
    ("-2*pi", Mul((n(-2), pi))),
    ("exp(16)", Pow(e, n(16))),
    ("sqrt(3)/2", Mul((Pow(n(3), n("1/2")), n("1/2")))),
    (r"\sqrt[3]{4}", Pow(n(4), n("1/3"))),
    (r"\frac34i", Mul((n("3/4"), i))),
    ("x/y", Mul((x, Pow(y, n(-1))))),
    ("-x^2", Mul((n(-1), Pow(x, n(2))))),
    (r"0.0\overline{3}", n("1/30")),
    ("1,234", n(1234)),
    ("(1,234)", pair(n(1), n(234))),
    ("1.5e3", n(1500)),
    ("1.5e-3", n("0.0015", 4)),
    (r"28\%", Quantity(n(28), "percent")),
    (r"90^{\circ}", Quantity(n(90), "degree")),
    (r"\$12.50", Quantity(n("12.5", 2), "dollar")),
    (r"10\text{ cm}^2", Quantity(n(10), "cm^2")),
    ("40 chocolate candies", Quantity(n(40), "chocolate candies")),
    ("1112112_{3}", Based(1121, 3)),
    ("1:30", Clock(5400)),
    ("7:42 pm", Clock(27720, "pm")),
    ("5:8", Ratio((n(5), n(8)))),
    (r"\sin^2 x", Pow(Call("sin", (x,)), n(2))),
    (r"\tan^{-1} x", Call("arctan", (x,))),
    (r"\log_{10} 2", Call("log", (n(2), n(10)))),
    ("n!!", Call("doublefactorial", (Symbol("n"),))),
    ("|x|", Call("abs", (x,))),
    ("f(x)", Call("f", (x,))),
    ("x(y)", Mul((x, y))),
    ("T(10)=2", Relation((Call("T", (n(10),)), n(2)), ("=",))),
    ("x_{max}", Symbol("x_max")),
    ("1, 2 and 3", bare(n(1), n(2), n(3))),
    ("[1,2)", pair(n(1), n(2), left="[")),
    ("]1,2]", pair(n(1), n(2), right="]")),
    (r"\{1,2\}", pair(n(1), n(2), left="{", right="}")),
    (r"\langle 1,2\rangle", pair(n(1), n(2), left="<", right=">")),
    (r"(-\infty,0]", pair(Mul((n(-1), infinity)), n(0), right="]")),
    (r"1 \pm \sqrt{2}", Add((n(1), PlusMinus(Pow(n(2), n("1/2")))))),
    (r"\mp 2", PlusMinus(n(2), flipped=True)),
    (r"a<b\le 3", Relation((a, b, n(3)), ("<", "<="))),
    ("x=1, 2", Relation((x, bare(n(1), n(2))), ("=",))),
    ("x=1, y=2", bare(Relation((x, n(1)), ("=",)), Relation((y, n(2)), ("=",)))),
    ("x<1 or x>3", Logic("or", (Relation((x, n(1)), ("<",)), Relation((x, n(3)), (">",))))),
    ("x in [0,1]", Relation((x, pair(n(0), n(1), left="[", right="]")), ("in",))),
    (r"x \approx 1.4", Relation((x, n("1.4", 1)), ("approx",))),
    (r"x \equiv 2 \pmod 5", Relation((x, n(2), n(5)), ("=", "mod"))),
    (r"\{x \mid x>0\}", SetBuilder(x, Relation((x, n(0)), (">",)))),
    (r"\mathbb{R}\setminus\{0\}", SetOp("difference", (NamedSet("R"), pair(n(0), left="{", right="}")))),
    (r"k\pi, k \in \mathbb{Z}", Where(Mul((k, pi)), Relation((k, NamedSet("Z")), ("in",)))),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", Matrix(((n(1),), (n(2),)))),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", Call("det", (Matrix(((n(1), n(2)), (n(3), n(4)))),))),
    (r"\sum_{k=0}^{3} k", Call("sum", (k, k, n(0), n(3)))),
    (r"\int_0^1 x\,dx", Call("integral", (x, x, n(0), n(1)))),
    (r"\lim_{x\to 0} y", Call("limit", (y, x, n(0)))),
    (r"\text{(C)}", Symbol("C")),
    ("Line segment", Text("line segment")),
    ("Minimum: 1", Relation((Symbol("minimum"), n(1)), ("=",))),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text for text, _ in TREES])
def test_a_text_is_this_tree(text: str, tree: Node) -> None:
    assert parse(text) == tree
