r"""Random expressions, written twice so that the two are equal by construction, or differ by a number that is not 0.

An expression is a nested tuple. `rewrite` applies laws that hold for all numbers (commute, distribute, multiply out,
expand a power, split a number); denominators are numbers, and roots are of sums of squares and a positive number, so no
law has an exception.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import strategies as st

Tree = tuple[Any, ...]


def numbers() -> st.SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(-30, 30), st.integers(1, 12))


def trees() -> st.SearchStrategy[Tree]:
    leaves = st.one_of(
        st.builds(lambda n: ("number", n), numbers()),
        st.sampled_from([("name", "x"), ("name", "y"), ("name", "a")]),
    )

    functions = st.tuples(
        st.sampled_from(["sin", "exp", "root"]), st.one_of(leaves, st.tuples(st.just("+"), leaves, leaves))
    )

    def grow(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.tuples(st.just("+"), inner, inner),
            st.tuples(st.just("*"), inner, inner),
            st.tuples(st.just("^"), inner, st.integers(2, 3)),
            st.tuples(st.just("/"), inner, st.integers(2, 9)),
        )

    return st.recursive(st.one_of(leaves, functions), grow, max_leaves=6)


def rewrite(tree: Tree, random: Random) -> Tree:
    """Return a tree of the same value."""
    kind, *parts = tree
    parts = [rewrite(part, random) if isinstance(part, tuple) else part for part in parts]
    if kind in ("+", "*") and random.random() < 0.5:
        parts.reverse()
    if kind == "*" and parts[1][0] == "+" and random.random() < 0.5:
        return ("+", ("*", parts[0], parts[1][1]), ("*", parts[0], parts[1][2]))
    if kind == "^" and random.random() < 0.5:
        product = parts[0]
        for _ in range(parts[1] - 1):
            product = ("*", product, parts[0])
        return product
    if kind == "/" and random.random() < 0.5:
        return ("*", ("number", Fraction(1, parts[1])), parts[0])
    if kind == "number" and random.random() < 0.3:
        other = Fraction(random.randint(-9, 9), random.randint(1, 5))
        return ("+", ("number", parts[0] - other), ("number", other))
    if kind == "name" and random.random() < 0.2:
        return ("+", ("*", ("number", Fraction(2)), tree), ("*", ("number", Fraction(-1)), tree))
    return (kind, *parts)


def write(tree: Tree, random: Random) -> str:
    """Return LaTeX for a tree, in one of several spellings."""
    kind, *parts = tree
    if kind == "number":
        return _number(parts[0], random)
    if kind == "name":
        return str(parts[0])
    left = write(parts[0], random)
    if kind == "+":
        return f"{left}+{_bracketed(write(parts[1], random), random)}"
    if kind == "*":
        by = random.choice(["", r"\cdot ", r"\times "])
        return f"{_bracketed(left, random)}{by}{_bracketed(write(parts[1], random), random)}"
    if kind == "^":
        return f"{_bracketed(left, random)}^{random.choice([str(parts[1]), f'{{{parts[1]}}}'])}"
    if kind == "/":
        fraction = random.choice([r"\frac", r"\dfrac", r"\tfrac"])
        return random.choice([f"{fraction}{{{left}}}{{{parts[1]}}}", f"({left})/{parts[1]}"])
    spellings = {
        "sin": rf"\sin{_bracketed(left, random)}",
        "exp": f"e^{{{left}}}",
        "root": rf"\sqrt{{{_bracketed(left, random)}^2+1}}",
    }
    return spellings[kind]


def _number(value: Fraction, random: Random) -> str:
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return str(top) if top >= 0 else f"({top})"
    scale, sign = random.choice([1, 1, 2, 3]), "-" if top < 0 else ""
    texts = [rf"\frac{{{abs(top) * scale}}}{{{bottom * scale}}}", rf"\dfrac{{{abs(top)}}}{{{bottom}}}"]
    if 1000 % bottom == 0:
        texts.append(str(float(abs(value))))
    return f"({sign}{random.choice(texts)})"


def _bracketed(text: str, random: Random) -> str:
    left, right = random.choice([("(", ")"), (r"\left(", r"\right)")])
    return f"{left}{text}{right}"
