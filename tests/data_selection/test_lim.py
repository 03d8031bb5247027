"""LIM against exact numbers, the published cases and its own identities."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data_selection import LimSelection, fill_missing, lim_scores, select_lim, select_random

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/formula_cases.json"
TABLES = arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 6)),
    elements=st.integers(0, 8).map(lambda n: n / 8),
).filter(lambda table: bool((table < 1).any()))
NAN = float("nan")


def shared_cases(family: str) -> list[dict[str, Any]]:
    if not SHARED.exists():
        pytest.skip("the shared formula cases are not here")
    cases: list[dict[str, Any]] = json.loads(SHARED.read_text(encoding="utf-8"))["families"][family]["cases"]
    assert cases
    return cases


def test_scores_of_the_published_cases() -> None:
    for case in shared_cases("lim_score"):
        rows, expect = case["input"]["rows"], case["expect"]
        np.testing.assert_allclose(lim_scores(rows), expect["scores"], atol=1e-9)
        chosen = select_lim({str(i): row for i, row in enumerate(rows)}, 0.6)
        np.testing.assert_allclose(chosen.mean_curve, expect["mean_curve"], atol=1e-9)
        assert [int(i) for i in chosen.selected] == expect["selected_ge_0.6"]


def test_missing_epochs_of_the_published_cases() -> None:
    for case in shared_cases("lim_missing_epochs"):
        filled = fill_missing([case["input"]], missing_value=-1)[0]
        if case["expect"] is None:
            assert np.isnan(filled).any()
        else:
            assert filled.tolist() == case["expect"]


def test_one_table_by_hand() -> None:
    """m = (1/2, 3/4), sum (1-m)^2 = 1/4 + 1/16 = 5/16; each row is off by 1/4 + 1/16, so both score 0."""
    np.testing.assert_array_equal(lim_scores([[0, 0.5], [1, 1]]), [0.0, 0.0])
    np.testing.assert_allclose(
        lim_scores([[0, 0, 1], [0, 1, 1], [0, 0, 0]]), exact([[0, 0, 1], [0, 1, 1], [0, 0, 0]])
    )


def exact(rows: list[list[int]]) -> list[float]:
    columns = list(zip(*rows, strict=True))
    curve = [Fraction(sum(c), len(c)) for c in columns]
    room = sum((1 - m) ** 2 for m in curve)
    return [float(1 - sum((r - m) ** 2 for r, m in zip(row, curve, strict=True)) / room) for row in rows]


@given(TABLES)
def test_the_formula_in_exact_fractions(table: np.ndarray) -> None:
    eighths = (table * 8).astype(int).tolist()
    curve = [Fraction(sum(column), 8 * len(column)) for column in zip(*eighths, strict=True)]
    room = sum((1 - m) ** 2 for m in curve)
    expected = [
        float(1 - sum((Fraction(r, 8) - m) ** 2 for r, m in zip(row, curve, strict=True)) / room)
        for row in eighths
    ]
    np.testing.assert_allclose(lim_scores(table), expected, atol=1e-9)


@given(TABLES, st.randoms())
def test_the_order_of_rows_and_epochs_does_not_matter(table: np.ndarray, random: Any) -> None:
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    np.testing.assert_allclose(lim_scores(table[rows][:, columns]), lim_scores(table)[rows], atol=1e-9)


@given(TABLES, st.sampled_from([0.25, 0.5, 2.0, 3.0]))
def test_affine_changes_that_keep_one_keep_the_scores(table: np.ndarray, slope: float) -> None:
    np.testing.assert_allclose(lim_scores(1 - slope * (1 - table)), lim_scores(table), atol=1e-9)


@given(TABLES)
def test_always_solved_is_zero_and_the_mean_curve_is_one(table: np.ndarray) -> None:
    solved = np.vstack([table, np.ones(table.shape[1])])
    assert lim_scores(solved)[-1] == 0.0
    on_the_mean = np.vstack([table, table.mean(axis=0)])
    assert lim_scores(on_the_mean)[-1] == pytest.approx(1.0, abs=1e-9)
    assert (lim_scores(table) <= 1.0).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 1], [1, 1]], "0/0"),
        ([[1.0]], "0/0"),
        ([], "shape"),
        ([[]], "shape"),
        ([1, 2], "shape"),
        ([[0, 1], [0]], "table of numbers"),
        ([["a"]], "table of numbers"),
        ([[0, float("inf")]], "finite"),
        ([[None, None]], "no prompt has a reward in every epoch"),
        ([[0.5, None], [None, None]], "no prompt has a reward in every epoch"),
    ],
)
def test_what_has_no_score_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lim_scores(rows)


GAPS = [[None, 0.25, 0.5], [0.25, None, 0.5], [0.25, 0.5, None], [None, None, 0.5], [0.25, 0.5, 0.75]]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("next", [[0.25, 0.25, 0.5], [0.25, 0.5, 0.5], [0.25, 0.5, NAN], [NAN, 0.5, 0.5], [0.25, 0.5, 0.75]]),
        (
            "nearest",
            [[0.25, 0.25, 0.5], [0.25, 0.5, 0.5], [0.25, 0.5, 0.5], [0.5, 0.5, 0.5], [0.25, 0.5, 0.75]],
        ),
        ("drop", [[NAN, 0.25, 0.5], [0.25, NAN, 0.5], [0.25, 0.5, NAN], [NAN, NAN, 0.5], [0.25, 0.5, 0.75]]),
    ],
)
def test_each_policy_for_missing_epochs(policy: Any, expected: list[list[float]]) -> None:
    np.testing.assert_array_equal(fill_missing(GAPS, policy), expected)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="must be next, nearest or drop"):
        fill_missing([[1.0]], "forward")  # type: ignore[arg-type]


def test_the_mean_is_taken_over_the_surviving_rows() -> None:
    whole = {"a": [0.0, 0.5], "b": [0.5, 1.0]}
    with_gap = {**whole, "c": [1.0, None], "d": []}
    chosen, plain = select_lim(with_gap), select_lim(whole)
    assert chosen.dropped == ("c", "d")
    assert (chosen.mean_curve, dict(chosen.scores)) == (plain.mean_curve, dict(plain.scores))
    scores = lim_scores([[0.0, 0.5], [0.5, 1.0], [1.0, NAN]])
    assert np.isnan(scores).tolist() == [False, False, True]


def test_minus_one_is_a_reward_unless_it_is_said_to_mean_missing() -> None:
    rows = [[-1, 0.5], [0.5, 0.5]]
    assert lim_scores(rows)[0] == pytest.approx(1 - 0.5625 / 1.8125)
    assert lim_scores(rows, missing_value=-1)[0] == 1.0
    assert rows[0][0] == -1  # the caller's table is left alone


def test_a_score_on_the_threshold_is_kept() -> None:
    curves = {"a": [0.0, 0.5], "b": [1.0, 1.0]}
    assert select_lim(curves, 0.0).selected == ("a", "b")
    assert select_lim(curves, 1e-9).selected == ()


def test_top_keeps_the_best_and_the_given_order() -> None:
    curves = {"far": [0.0, 0.0], "near": [0.4, 0.6], "on": [0.5, 0.5], "solved": [1.0, 1.0]}
    best = select_lim(curves, -10.0)
    ranked = sorted(best.scores, key=lambda i: -best.scores[i])
    assert set(select_lim(curves, -10.0, top=2).selected) == set(ranked[:2])
    assert select_lim(curves, -10.0, top=99).selected == tuple(curves)
    assert select_lim({"a": [0.5], "b": [0.5], "c": [0.5]}, top=1).selected == ("a",)
    with pytest.raises(ValueError, match="at least 1"):
        select_lim(curves, top=0)


def test_a_selection_is_a_plain_value() -> None:
    chosen = select_lim({"a": [0.5, 0.5]})
    assert chosen == LimSelection({"a": 1.0}, ("a",), (), 0.6, (0.5, 0.5))


@given(st.lists(st.text(), min_size=1, max_size=30, unique=True), st.integers(0, 99), st.data())
def test_a_random_subset_is_reproducible_and_in_order(ids: list[str], seed: int, data: Any) -> None:
    size = data.draw(st.integers(1, len(ids)))
    chosen = select_random(ids, size, seed)
    assert chosen == select_random(ids, size, seed)
    assert len(set(chosen)) == size
    assert chosen == [i for i in ids if i in set(chosen)]


def test_seeds_differ_and_sizes_are_checked() -> None:
    ids = [str(i) for i in range(100)]
    drawn = {tuple(select_random(ids, 10, seed)) for seed in range(5)}
    assert len(drawn) == 5
    for size in (0, 101):
        with pytest.raises(ValueError, match="from 1 to the number of prompts, 100"):
            select_random(ids, size)
