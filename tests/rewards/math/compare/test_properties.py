"""What holds for any trees: no exception, reflexive, symmetric where nothing is rounded and no name is on one side."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.math import tree as t
from rewards.math.compare import compare
from rewards.math.options import Options
from rewards.math.verdict import Outcome, Verdict

EXACT = Options(rounding=False)
OPS = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "notin", "subset", "approx", "to", "mod"])
numbers = st.builds(t.Number, st.fractions(-20, 20, max_denominator=12))
atoms = st.one_of(
    numbers,
    st.builds(t.Number, st.fractions(-5, 5, max_denominator=10), st.integers(0, 3)),
    st.builds(t.Symbol, st.sampled_from(["x", "y", "k", "x_1"])),
    st.builds(t.Constant, st.sampled_from(["pi", "e", "i", "infinity"])),
    st.builds(t.Based, st.integers(0, 50), st.integers(2, 16)),
    st.builds(t.Clock, st.integers(0, 86399), st.sampled_from(["am", "pm", ""])),
    st.builds(t.NamedSet, st.sampled_from(["R", "Q", "Z", "N", "C", "empty", "R+", "Z>=0"])),
    st.builds(t.Text, st.sampled_from(["yes", "no solution", "15th day", "all real numbers", ""])),
    st.builds(t.Choice, st.sampled_from("ABC")),
)
BRACKETS = st.sampled_from(["()", "[]", "{}", "(]", "[)", "<>", ""])


def compound(parts: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    """One node made of smaller ones."""
    few = st.lists(parts, min_size=1, max_size=3).map(tuple)
    two = st.lists(parts, min_size=2, max_size=3).map(tuple)

    def chain(sides: tuple[t.Node, ...], ops: list[str]) -> t.Node:
        return t.Relation(sides, tuple(ops[: len(sides) - 1]))  # type: ignore[arg-type]

    return st.one_of(
        st.builds(t.Add, two),
        st.builds(t.Mul, two),
        st.builds(t.Pow, parts, parts),
        st.builds(t.Call, st.sampled_from(["sin", "ln", "f", "abs", "factorial"]), few),
        st.builds(t.PlusMinus, parts, st.booleans()),
        st.builds(
            t.Quantity, parts, st.sampled_from(["cm", "m", "percent", "degree", "rad", "dollar", "kg", "h"])
        ),
        st.builds(t.Ratio, two),
        st.builds(chain, two, st.lists(OPS, min_size=2, max_size=2)),
        st.builds(lambda items, b: t.Sequence(items, b[:1], b[1:]), few | st.just(()), BRACKETS),
        st.builds(t.SetBuilder, parts, parts),
        st.builds(t.SetOp, st.sampled_from(["union", "intersection", "difference"]), two),
        st.builds(t.Logic, st.sampled_from(["or", "and"]), two),
        st.builds(t.Where, parts, parts),
        st.builds(lambda row: t.Matrix((row, row)), few),
    )


trees = st.recursive(atoms, compound, max_leaves=8)
scalars = st.recursive(
    numbers | st.builds(t.Symbol, st.sampled_from("xy")),
    lambda parts: st.builds(t.Add, st.tuples(parts, parts)) | st.builds(t.Mul, st.tuples(parts, parts)),
    max_leaves=5,
)


@given(trees, trees)
@settings(max_examples=100, deadline=None)
def test_any_pair_gets_a_verdict(a: t.Node, b: t.Node) -> None:
    assert isinstance(compare(a, b), Verdict)


@given(trees)
@settings(deadline=None)
def test_reflexive(tree: t.Node) -> None:
    assert compare(tree, tree).correct


@given(st.lists(scalars, min_size=1, max_size=6), st.integers())
@settings(deadline=None)
def test_a_shuffled_list_is_the_same_and_a_dropped_item_is_not(items: list[t.Node], seed: int) -> None:
    shuffled = items[:]
    Random(seed).shuffle(shuffled)
    assert compare(t.Sequence(tuple(items)), t.Sequence(tuple(shuffled))).correct
    assert not compare(t.Sequence((*items, items[0])), t.Sequence(tuple(shuffled))).correct


@given(scalars, scalars)
@settings(deadline=None)
def test_scalars_are_symmetric(a: t.Node, b: t.Node) -> None:
    assert compare(a, b, EXACT).outcome is compare(b, a, EXACT).outcome


@given(scalars, st.integers(1, 9))
@settings(deadline=None)
def test_one_more_is_another_value(a: t.Node, step: int) -> None:
    assert compare(a, t.Add((a, t.Number(Fraction(step))))).outcome is Outcome.WRONG


ends = st.lists(st.fractions(-9, 9, max_denominator=3), min_size=4, max_size=4, unique=True).map(sorted)


@given(ends, st.booleans(), st.booleans())
def test_an_interval_is_its_inequality_and_no_other(values: list[Fraction], left: bool, right: bool) -> None:
    low, high, other = (t.Number(v) for v in values[:3])
    interval = t.Sequence((low, high), "(["[left], ")]"[right])
    relation = t.Relation((low, t.Symbol("x"), high), ("<=" if left else "<", "<=" if right else "<"))
    assert compare(interval, relation).correct
    assert compare(relation, interval).correct
    for wrong in (
        t.Relation((low, t.Symbol("x"), other), relation.ops),
        t.Relation(relation.sides, ("<" if left else "<=", relation.ops[1])),
        t.Relation(relation.sides, (relation.ops[0], "<" if right else "<=")),
    ):
        assert not compare(interval, wrong).correct
        assert not compare(wrong, interval).correct


@given(ends, st.booleans())
def test_a_union_in_any_order(values: list[Fraction], closed: bool) -> None:
    a, b, c, d = (t.Number(v) for v in values)
    one, other = t.Sequence((a, b), "(["[closed], ")"), t.Sequence((c, d), "(", ")]"[closed])
    union = t.SetOp("union", (one, other))
    assert compare(union, t.SetOp("union", (other, one))).correct
    assert not compare(union, one).correct
    assert not compare(union, t.SetOp("union", (one, t.Sequence((c, d), "(", "])"[closed])))).correct
    gap = t.SetOp(
        "difference", (t.Sequence((a, d), one.opening, other.closing), t.Sequence((b, c), "[", "]"))
    )
    assert compare(union, gap).correct
