"""The support table: rates, luck, McNemar and Holm against values worked out by hand."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import Count, compare
from eval.support import holm, luck, mcnemar, unseen_rate


def pair(base: list[tuple[int, int]], tuned: list[tuple[int, int]]) -> tuple[list[Count], list[Count]]:
    left = [Count(str(i), n, c) for i, (n, c) in enumerate(base)]
    return left, [Count(str(i), n, c) for i, (n, c) in enumerate(tuned)]


def test_rates_of_a_known_table() -> None:
    base = [(8, 1)] * 18 + [(8, 1)] * 4 + [(8, 0)] * 2 + [(8, 0)] * 6
    tuned = [(8, 2)] * 18 + [(8, 0)] * 4 + [(8, 1)] * 2 + [(8, 0)] * 6
    found = compare(*pair(base, tuned)).support
    assert (found.kept, found.new, found.lost, found.never) == (18, 2, 4, 6)
    assert found.srr == pytest.approx(18 / 22)
    assert found.ndr == pytest.approx(2 / 20)
    assert found.sds == pytest.approx(2 * (18 / 22) * 0.1 / (18 / 22 + 0.1))
    assert found.nscr == pytest.approx(-2 / 24)
    assert found.mcnemar == pytest.approx(2 * (1 + 6 + 15) / 64)
    assert found.new_beyond_luck == found.lost_beyond_luck == ()
    # One right sample among sixteen falls on either side with chance 1/2; three on one side with 8*7*6/(16*15*14).
    assert found.new_by_luck == pytest.approx(6 * 0.5 + 18 * 0.1)


def test_a_problem_solved_often_by_one_side_only_is_beyond_luck() -> None:
    found = compare(*pair([(64, 0), (64, 0), (64, 64)], [(64, 30), (64, 1), (64, 0)])).support
    assert found.new_beyond_luck == ("0",)
    assert found.lost_beyond_luck == ("2",)


def test_nothing_solved_has_no_rates() -> None:
    found = compare(*pair([(8, 0)] * 3, [(8, 0)] * 3)).support
    assert (found.srr, found.ndr, found.sds, found.nscr) == (None, None, None, None)
    assert (found.new_by_luck, found.mcnemar) == (0.0, 1.0)


def test_mcnemar_needs_one_n() -> None:
    assert compare(*pair([(8, 0)], [(16, 3)])).support.mcnemar is None


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_luck_is_fishers_exact_chance(n: int, other: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, other))
    assert luck(n, other, correct) == pytest.approx(
        float(Fraction(comb(other, correct), comb(n + other, correct)))
    )


@pytest.mark.parametrize(("n", "rate"), [(128, 0.0231), (1024, 0.00292), (1, 0.95)])
def test_unseen_rate(n: int, rate: float) -> None:
    assert unseen_rate(n) == pytest.approx(rate, abs=5e-5)
    assert (1 - unseen_rate(n)) ** n == pytest.approx(0.05)


def test_mcnemar_and_holm_by_hand() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(1, 6) == pytest.approx(2 * 8 / 128)
    assert mcnemar(5000, 5000) == 1.0
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
