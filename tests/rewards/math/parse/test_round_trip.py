"""The canonical form of a random tree reads back to an equal tree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.math.parse import parse
from rewards.math.parse.build import negated, product, quotient, total
from rewards.math.show import show
from rewards.math.tree import Call, Constant, Node, Number, Pow, Relation, Sequence, Symbol
from rewards.math.verdict import Unreadable

INTEGERS = st.integers(-50, 50).map(lambda value: Number(Fraction(value)))
DECIMALS = st.integers(1, 9_999).map(lambda value: Number(Fraction(value, 100), 2))
NAMES = st.sampled_from(["x", "y", "a", "n", "k", "x_1", "alpha", "theta", "a_{n+1}"]).map(
    lambda name: Symbol(name.replace("{", "").replace("}", ""))
)
LEAVES = INTEGERS | DECIMALS | NAMES | st.sampled_from([Constant("pi"), Constant("e"), Constant("i")])
CALLED = st.sampled_from(["sin", "ln", "abs", "floor", "arctan", "cosh"])


def grow(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        several.map(total),
        several.map(product),
        st.tuples(parts, parts).map(lambda two: quotient(*two)),
        parts.map(negated),
        st.tuples(parts, st.integers(2, 9)).map(lambda two: Pow(two[0], Number(Fraction(two[1])))),
        parts.map(lambda part: Pow(part, Number(Fraction(1, 2)))),
        st.tuples(CALLED, parts).map(lambda two: Call(two[0], (two[1],))),
    )


EXPRESSIONS = st.recursive(LEAVES, grow, max_leaves=10)


def canonical(tree: Node) -> Node:
    """Trees put together at random may hold a sign in several places; reading settles it once."""
    return parse(show(tree, limit=10_000))


@given(EXPRESSIONS)
def test_reading_the_form_of_a_tree_is_stable(tree: Node) -> None:
    read = canonical(tree)
    assert canonical(read) == read


@given(st.lists(EXPRESSIONS, min_size=2, max_size=4), st.sampled_from(["()", "[)", "[]", "{}", "<>"]))
def test_brackets_come_back(items: list[Node], ends: str) -> None:
    read = canonical(Sequence(tuple(items), ends[0], ends[1]))
    assert isinstance(read, Sequence)
    assert (read.opening, read.closing, len(read.items)) == (ends[0], ends[1], len(items))


def test_a_bar_behind_a_comma_of_a_set_opens_a_value() -> None:
    assert parse(r"\{0, |x|\}") == parse(r"\{0, \left|x\right|\}")
    with pytest.raises(Unreadable, match="between bars"):
        parse(r"\{x, | x > 0\}")


@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "approx"]))
def test_relations_come_back(left: Node, right: Node, op: str) -> None:
    read = canonical(Relation((left, right), (op,)))  # type: ignore[arg-type]
    assert isinstance(read, Relation)
    assert read.ops == (op,)
    assert read.sides == (canonical(left), canonical(right))
