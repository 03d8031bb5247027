"""The summary of one audit."""

import json

import pytest

from eval import Count, EvalError, pass_at_k, summarise
from eval.summary import limit_note

COUNTS = [Count("a", 16, 4), Count("b", 16, 0), Count("c", 16, 16), Count("d", 20, 1)]


def test_default_draws_are_powers_of_two_and_the_smallest_n() -> None:
    assert [r.k for r in summarise(COUNTS).rows] == [1, 2, 4, 8, 16]
    assert [r.k for r in summarise([Count("a", 12, 4), Count("b", 13, 0)]).rows] == [1, 2, 4, 8, 12]
    assert [r.k for r in summarise([Count("a", 1, 1), Count("b", 1, 0)]).rows] == [1]


def test_figures() -> None:
    found = summarise(COUNTS, [4, 1, 4])
    assert [r.k for r in found.rows] == [1, 4]
    assert found.rows[0].pass_at_k == pytest.approx((4 / 16 + 0 + 1 + 1 / 20) / 4)
    by_hand = sum(float(pass_at_k(x.n, x.c, 4)) for x in COUNTS) / 4
    assert found.rows[1].pass_at_k == pytest.approx(by_hand)
    assert found.rows[1].fail_at_k == pytest.approx(1 - by_hand)
    assert found.accuracy.estimate == found.rows[0].pass_at_k
    assert (found.solved, found.always, found.never) == (3, 1, 1)
    assert (found.problems, found.samples, found.n_range) == (4, 68, (16, 20))


def test_fail_at_k_does_not_round_to_zero() -> None:
    found = summarise([Count(str(i), 128, 64) for i in range(3)], [64])
    assert found.rows[0].pass_at_k == 1.0
    assert 0 < found.rows[0].fail_at_k < 1e-30


def test_json_is_strict_and_complete() -> None:
    data = json.loads(json.dumps(summarise(COUNTS).to_json(), allow_nan=False))
    assert data["problems"] == 4
    assert data["samples"] == 68
    assert data["confidence"] == 0.95
    assert data["target"] == "new problems of this kind"
    limits = {"low", "high", "band_low", "band_high", "same_low", "same_high", "same_basis"}
    assert set(data["k"][0]) == {"k", "pass_at_k", "fail_at_k", "pass_hat_k"} | limits
    assert data["k"][0]["low"] < data["k"][0]["pass_at_k"] < data["k"][0]["high"]
    assert data["per_problem"][3] == {"problem_id": "d", "n": 20, "c": 1}


def test_one_problem_has_no_limits() -> None:
    found = summarise([Count("a", 4, 2)])
    assert found.rows[0].low is None
    assert "one problem" in found.to_json()["accuracy"]["reason"]


@pytest.mark.parametrize(
    ("counts", "ks", "says"),
    [
        (COUNTS, [1, 17], "k=17 is more than the n=16 samples of problem `a`.*take k <= 16"),
        (COUNTS, [0], "at least 1"),
        (COUNTS, [], "k is empty"),
        (COUNTS, [1.5], "whole numbers"),
        ([], None, "no counts"),
        ([Count("a", 4, 1), Count("a", 4, 1)], None, "`a` is given twice"),
    ],
)
def test_refuses(counts: list[Count], ks: list[int] | None, says: str) -> None:
    with pytest.raises(EvalError, match=says):
        summarise(counts, ks)


@pytest.mark.parametrize(("fewest", "said"), [(1, True), (31, True), (32, False), (64, False)])
def test_a_problem_that_ends_k_early_is_named(fewest: int, said: bool) -> None:
    counts = [*(Count(f"p{i}", 64, i) for i in range(5)), Count("short", fewest, 0)]
    assert summarise(counts).rows[-1].k == fewest
    text = f"k ends at {fewest}: problem `short` has only {fewest} judged sample(s), while the median is 64."
    assert [note.startswith(text) for note in limit_note(counts)] == [True] * said
