"""The paired comparison: exact verdicts, changes, crossover."""

import json
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import Count, EvalError, compare, pass_at_k
from eval.crossover import find_changes
from eval.exact import compare_at_k, compare_rates


def counts(n: int, *cs: int) -> list[Count]:
    return [Count(str(i), n, c) for i, c in enumerate(cs)]


def test_wins_losses_ties_and_changes() -> None:
    found = compare(counts(8, 0, 0, 3, 4, 8, 2), counts(8, 0, 5, 0, 4, 6, 3))
    assert (found.wins, found.losses, found.ties) == (2, 2, 2)
    assert [found.problems_with(x) for x in ("kept", "new", "lost", "never")] == [
        ["3", "4", "5"],
        ["1"],
        ["2"],
        ["0"],
    ]
    last = found.rows[-1]
    # At k = 8 only solved or not remains.
    assert (last.k, last.wins, last.losses, last.ties) == (8, 1, 1, 4)
    assert last.difference == pytest.approx(0.0, abs=1e-15)


def test_difference_is_the_mean_of_paired_differences() -> None:
    base, tuned = counts(16, 1, 5, 9), counts(16, 2, 9, 9)
    row = compare(base, tuned, [4]).rows[0]
    by_hand = np.mean(
        [pass_at_k(16, t.c, 4) - pass_at_k(16, b.c, 4) for b, t in zip(base, tuned, strict=True)]
    )
    assert row.difference == pytest.approx(by_hand)
    assert row.difference == pytest.approx(row.tuned - row.base)
    assert row.low is not None
    assert row.high is not None
    assert row.low < row.difference < row.high


@st.composite
def problem(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    base_n, tuned_n = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    k = draw(st.integers(1, min(base_n, tuned_n)))
    return base_n, draw(st.integers(0, base_n)), tuned_n, draw(st.integers(0, tuned_n)), k


@given(st.lists(problem(), min_size=1, max_size=20))
@settings(deadline=None)
def test_verdicts_are_those_of_fractions(problems: list[tuple[int, int, int, int, int]]) -> None:
    k = min(p[4] for p in problems)
    columns = [np.array(x) for x in list(zip(*problems, strict=True))[:4]]
    for (bn, bc, tn, tc, _), at_k, rate in zip(
        problems, compare_at_k(*columns, k), compare_rates(*columns), strict=True
    ):
        gain = Fraction(comb(bn - bc, k), comb(bn, k)) - Fraction(comb(tn - tc, k), comb(tn, k))
        assert at_k == (gain > 0) - (gain < 0)
        step = Fraction(tc, tn) - Fraction(bc, bn)
        assert rate == (step > 0) - (step < 0)


def test_verdicts_beyond_what_floats_can_tell() -> None:
    n = np.array([100_000])
    # Both pass@k are 1.0 in float64, and still one is higher.
    assert compare_at_k(n, np.array([50_000]), n, np.array([50_001]), 1000).tolist() == [1]
    # Different n, the same rational number: 1/3 = 33333/99999.
    assert compare_at_k(np.array([3]), np.array([1]), np.array([99_999]), np.array([33_333]), 1).tolist() == [
        0
    ]
    assert compare_at_k(np.array([3]), np.array([1]), np.array([99_999]), np.array([33_334]), 1).tolist() == [
        1
    ]
    # Tiny failure chances of ragged pairs.
    ragged = compare_at_k(np.array([2000]), np.array([1400]), np.array([2001]), np.array([1400]), 600)
    gain = comb(600, 600) * comb(2001, 600) - comb(601, 600) * comb(2000, 600)
    assert ragged.tolist() == [(gain > 0) - (gain < 0)]


def test_crossover_of_a_tuned_model_that_is_better_at_first_only() -> None:
    # Base solves both sometimes; tuned solves one always and the other never.
    found = compare(counts(64, 16, 16), counts(64, 64, 0))
    curve = [2 * (1 - comb(48, k) / comb(64, k)) for k in range(1, 65)]
    expected = next(k for k, value in enumerate(curve, 1) if value > 1)
    assert found.crossover == expected
    assert 1 < expected < 64


@pytest.mark.parametrize(
    ("base", "tuned"),
    [((1, 2, 3), (4, 5, 6)), ((4, 5, 6), (1, 2, 3)), ((3, 4), (3, 4)), ((0, 0), (0, 0)), ((8, 8), (8, 8))],
)
def test_no_crossover_where_the_sign_never_changes(base: tuple[int, ...], tuned: tuple[int, ...]) -> None:
    assert compare(counts(8, *base), counts(8, *tuned)).crossover is None


@given(st.lists(problem(), min_size=1, max_size=8))
@settings(deadline=None)
def test_every_change_of_sign_is_found(problems: list[tuple[int, int, int, int, int]]) -> None:
    last, expected = 0, []
    for k in range(1, min(min(p[0], p[2]) for p in problems) + 1):
        gain = sum(
            Fraction(comb(base_n - base_c, k), comb(base_n, k))
            - Fraction(comb(tuned_n - tuned_c, k), comb(tuned_n, k))
            for base_n, base_c, tuned_n, tuned_c, _ in problems
        )
        sign = (gain > 0) - (gain < 0)
        if sign * last < 0:
            expected.append(k)
        last = sign or last
    assert find_changes(*[np.array(x) for x in list(zip(*problems, strict=True))[:4]]) == expected


def test_ragged_n_takes_the_smallest_as_the_largest_k() -> None:
    found = compare([Count("a", 8, 2), Count("b", 32, 3)], [Count("b", 16, 3), Count("a", 16, 3)])
    assert [r.k for r in found.rows] == [1, 2, 4, 8]
    assert [p.problem_id for p in found.pairs] == ["a", "b"]
    with pytest.raises(EvalError, match="k=9 is more than the n=8 samples of problem `a`"):
        compare([Count("a", 8, 2)], [Count("a", 16, 3)], [9])


def test_refuses_different_problems_unless_told() -> None:
    base = [Count(f"b{i}", 8, 1) for i in range(9)] + [Count("x", 8, 1), Count("y", 8, 2)]
    tuned = [Count("y", 8, 2), Count("x", 8, 5), Count("t", 8, 1)]
    with pytest.raises(
        EvalError, match=r"9 only in base \(`b0`, .*\.\.\.\) and 1 only in tuned \(`t`\).*2 common"
    ):
        compare(base, tuned)
    found = compare(base, tuned, common_only=True)
    assert [p.problem_id for p in found.pairs] == ["x", "y"]
    assert found.only_tuned == ("t",)
    assert len(found.only_base) == 9
    with pytest.raises(EvalError, match="no problem in common"):
        compare(base[:3], tuned, common_only=True)


def test_json_is_strict_and_complete() -> None:
    data = json.loads(json.dumps(compare(counts(8, 0, 2, 8), counts(8, 1, 0, 8)).to_json(), allow_nan=False))
    assert data["problems"] == 3
    assert (data["new"], data["lost"], data["kept"], data["never"]) == (["0"], ["1"], ["2"], [])
    keys = {
        "k",
        "base",
        "base_low",
        "base_high",
        "tuned",
        "tuned_low",
        "tuned_high",
        "difference",
        "low",
        "high",
    }
    more = {"band_low", "band_high", "same_low", "same_high", "same_basis"}
    assert set(data["k"][0]) == keys | {"wins", "losses", "ties"} | more
    assert data["crossover_interval"]["state"] == "unknown"
    assert data["support"]["new"] == data["support"]["lost"] == 1
    assert data["sampling_efficiency_gap"]["k"] == 8
    assert data["per_problem"][1] == {
        "problem_id": "1",
        "base": {"n": 8, "c": 2},
        "tuned": {"n": 8, "c": 0},
        "change": "lost",
    }
    assert data["base"]["samples"] == 24


def test_published_open_rs_checkpoints_do_not_differ_significantly() -> None:
    # AIME24, one sample per problem, 30 problems: 14 right at step 50, 9 right at step 100, whatever the
    # overlap.
    for both in range(9 + 1):
        base = [1] * 14 + [0] * 16
        tuned = [1] * both + [0] * (14 - both) + [1] * (9 - both) + [0] * (16 - 9 + both)
        row = compare(counts(1, *base), counts(1, *tuned)).rows[0]
        assert row.difference == pytest.approx(-5 / 30)
        assert row.low is not None
        assert row.high is not None
        assert (row.low < 0 < row.high) or both == 9


def test_the_function_is_not_hidden_by_its_module() -> None:
    import importlib

    import eval as package

    importlib.import_module("eval.compare")
    assert callable(package.compare)
    assert package.compare is compare
