"""The support table: rates, luck, McNemar and Holm against values worked out by hand."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import Count, compare
from eval.support import holm, luck, sign_test, unseen_rate
from eval.verdicts import verdicts


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


def clustered(rows: list[tuple[str, int]], n: int = 8) -> list[Count]:
    return [Count(str(i), n, c, cluster) for i, (cluster, c) in enumerate(rows)]


def test_with_clusters_the_cluster_is_tested_and_mcnemar_left_out() -> None:
    # Three clusters gain (one of them 2 new against 1 lost), one loses, one is even: p = 2 (1 + 4)/16.
    names = [*"aaab", *"cccc", "d", "e", "e"]
    base = [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1]
    tuned = [1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0]
    found = compare(*(clustered(list(zip(names, c, strict=True))) for c in (base, tuned)))
    table = found.support
    assert (table.new, table.lost) == (8, 3)
    assert (table.clusters_gaining, table.clusters_losing) == (3, 1)
    assert (table.mcnemar, table.cluster_sign_test) == (None, pytest.approx(10 / 16))
    said = " ".join(verdicts(found))
    assert "3 with more new, 1 with more lost; p = 0.625 (sign test on clusters, exact" in said
    assert "McNemar's test is left out" in said
    assert found.to_json()["support"]["mcnemar"] is None
    assert found.to_json()["support"]["cluster_sign_test"] == pytest.approx(0.625)


def test_clusters_of_one_problem_are_tested_as_problems() -> None:
    base, tuned = [0] * 7 + [1], [1] * 6 + [0, 0]
    plain = compare(*pair([(8, c) for c in base], [(8, c) for c in tuned])).support
    alone = compare(*(clustered([(str(i), c) for i, c in enumerate(side)]) for side in (base, tuned))).support
    assert alone.cluster_sign_test == plain.mcnemar == pytest.approx(2 * 8 / 128)
    assert (plain.clusters_gaining, plain.cluster_sign_test) == (None, None)


def test_a_sign_test_on_clusters_needs_one_n() -> None:
    found = compare(clustered([("a", 0), ("b", 0)]), clustered([("a", 3), ("b", 3)], n=16))
    assert (found.support.clusters_gaining, found.support.cluster_sign_test) == (2, None)
    assert "sign test" not in " ".join(verdicts(found))


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
    assert sign_test(0, 0) == 1.0
    assert sign_test(1, 6) == pytest.approx(2 * 8 / 128)
    assert sign_test(5000, 5000) == 1.0
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
