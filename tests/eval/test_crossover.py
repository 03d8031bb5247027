"""The crossover's interval: every state, the estimate and the truth within it, and changes outside it."""

import itertools
import re
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eval import Comparison, Count, compare
from eval.crossover import Crossing, draw_grid, find_crossing
from eval.intervals import difference_limits
from eval.passk import Floats

Kinds = list[tuple[int, int, int]]  # problems of a kind, the base's c and the tuned model's
# The difference is -1.1 points at k = 1, which may be noise, +4.5 at k = 2, and surely negative from k = 16 on.
TWO_CHANGES = [(126, 128, 115), (60, 13, 38), (90, 3, 0), (24, 0, 0)]


def counts(n: int, cs: list[int]) -> list[Count]:
    return [Count(str(i), n, c) for i, c in enumerate(cs)]


def compare_kinds(n: int, kinds: Kinds) -> Comparison:
    base, tuned = ([c for kind in kinds for c in [kind[side]] * kind[0]] for side in (1, 2))
    return compare(counts(n, base), counts(n, tuned), [1])


def changes_of(n: int, kinds: Kinds) -> list[int]:
    """Return every k at which the mean difference changes its sign, in fractions."""
    last, found = 0, []
    for k in range(1, n + 1):
        gain = sum(
            problems * Fraction(comb(n - base, k) - comb(n - tuned, k), comb(n, k))
            for problems, base, tuned in kinds
        )
        sign = (gain > 0) - (gain < 0)
        if sign and last and sign != last:
            found.append(k)
        last = sign or last
    return found


def test_all_k_while_they_are_few_then_evenly_in_log_k() -> None:
    assert draw_grid(64) == list(range(1, 65))
    grid = draw_grid(100_000)
    assert (grid[0], grid[-1]) == (1, 100_000)
    assert grid == sorted(set(grid))
    assert len(grid) < 270


def test_a_clear_crossover_is_between_its_limits() -> None:
    # Tuned solves half of the problems always and loses the other half.
    found = compare(counts(64, [16] * 200), counts(64, [64] * 100 + [0] * 100)).crossing
    assert found.state == "crosses"
    assert (found.low, found.estimate, found.high) == (2, 3, 3)
    assert (found.other_changes, found.back) == ((), None)
    assert found.sentence() == "The curves cross between k = 2 and k = 3 (estimate: k = 3)."


def test_the_estimate_is_the_change_between_the_limits_and_an_earlier_one_is_told() -> None:
    whole = compare_kinds(128, TWO_CHANGES)
    found = whole.crossing
    assert changes_of(128, TWO_CHANGES) == [2, 10]
    assert (found.state, found.low, found.high) == ("crosses", 8, 12)
    assert (found.estimate, found.other_changes, found.back) == (10, (2,), None)
    assert whole.crossover == 10
    assert found.sentence() == (
        "The curves cross between k = 8 and k = 12 (estimate: k = 10). With all k held at once, an earlier "
        "change at k = 2 cannot be told from noise."
    )
    data = whole.to_json()
    assert data["crossover"] == data["crossover_interval"]["estimate"] == 10
    assert data["crossover_interval"]["other_changes"] == (2,)


@st.composite
def crossing_kinds(draw: st.DrawFn) -> tuple[int, Kinds]:
    """Draw n and kinds of problems: some that training makes surer, some that it loses, some it makes less sure."""
    n = draw(st.integers(16, 130))
    many, few = st.integers(5, 200), st.integers(1, n // 8)
    surer, lost, slips = draw(few), draw(few), draw(st.integers(0, n // 8))
    up = draw(st.integers(surer, n))
    return n, [(draw(many), surer, up), (draw(many), lost, 0), (draw(many), n, n - slips), (draw(many), 0, 0)]


SURE = 9.0  # standard errors: significant with all k held at once
WEAK = 2.3  # significant at one k alone, not with all of 6 k held at once


def columns(*errors: float) -> Floats:
    """Return 256 differences per k, independent between k, with means so many standard errors from zero."""
    rows = np.random.default_rng(0).standard_normal((256, len(errors)))
    rows -= rows.mean(axis=0)
    even, _ = np.linalg.qr(rows)  # orthogonal, each with the length 1
    return np.asarray(even * 0.3 + np.array(errors) * 0.3 / 256, dtype=np.float64)


def check_changes(found: Crossing, changes: list[int]) -> None:
    """Check that the estimate is within the limits, and that no change is left out or counted twice."""
    low, high = found.low or 1, found.high or found.n
    assert sorted([*found.other_changes, *([found.estimate] if found.estimate else [])]) == changes
    assert found.estimate == next((k for k in changes if low <= k <= high), None)
    assert found.estimate is not None or found.state != "crosses"
    if found.state == "crosses":
        sentence = found.sentence()
        assert all(re.search(rf"k = {k}\b", sentence) for k in changes[:4])


@given(crossing_kinds())
@example((128, TWO_CHANGES))
@settings(deadline=None, max_examples=25)
def test_the_estimate_is_within_its_limits(drawn: tuple[int, Kinds]) -> None:
    check_changes(compare_kinds(*drawn).crossing, changes_of(*drawn))


@given(st.lists(st.sampled_from([-SURE, -WEAK, -1.0, 1.0, WEAK, SURE]), min_size=6, max_size=9))
@settings(deadline=None, max_examples=60)
def test_any_curve_has_its_estimate_within_the_limits(errors: list[float]) -> None:
    ks = list(range(1, len(errors) + 1))
    changes = [k for k, (last, now) in enumerate(itertools.pairwise(errors), 2) if last * now < 0]
    found = find_crossing(ks, columns(*errors), changes, 0.95)
    check_changes(found, changes)
    assert (found.state == "crosses") == ({SURE, -SURE} <= set(errors))
    if found.state == "crosses":
        assert found.low is not None
        assert found.high is not None
        assert errors[found.low - 2] * errors[found.high - 1] < 0  # at the k before low, and at high
        sure = [x for x in errors if abs(x) == SURE]
        assert (found.back is not None) == (sure[0] in sure[sure.index(-sure[0]) :])


def test_better_everywhere_is_none() -> None:
    found = compare(counts(8, [0] * 100 + [1] * 100), counts(8, [8] * 200)).crossing
    assert (found.state, found.low, found.high) == ("none", None, None)
    assert found.sentence() == "The curves do not cross up to k = 8."


def test_a_gain_that_fades_is_beyond() -> None:
    found = compare(counts(64, [32] * 200), counts(64, [60] * 200)).crossing
    assert found.state == "beyond"
    assert found.low is not None
    assert 1 < found.low < 64
    assert found.high is None


def test_a_difference_that_only_shows_late_is_before() -> None:
    table = np.zeros((200, 3))
    table[:, 2] = 1.0
    table[:10, 2] = 0.0
    found = find_crossing([1, 2, 4], table, [], 0.95)
    assert (found.state, found.low, found.high) == ("before", None, 4)
    assert "at or before k = 4" in found.sentence()


@pytest.mark.parametrize("problems", [1, 5])
def test_few_problems_say_nothing(problems: int) -> None:
    found = compare(counts(8, [2] * problems), counts(8, [3] * problems)).crossing
    assert found.state == "unknown"
    assert "cannot be told" in found.sentence()


def test_what_weak_means() -> None:
    table = columns(WEAK, 0, 0, 0, 0, 0)
    assert difference_limits(table, 1.97)[0][0] > 0
    found = find_crossing([1, 2, 3, 4, 5, 6], columns(WEAK, 9, 9, -9, -9, -9), [4], 0.95)
    assert (found.low, found.high) == (4, 4)
    one_sided = find_crossing([1, 2, 3, 4, 5, 6], columns(9, 9, 9, 0, 0, -WEAK), [6], 0.95)
    assert one_sided.state == "unknown"  # -WEAK is within the band


@pytest.mark.parametrize(
    ("errors", "limits"),
    [
        ((9, 9, 0, 0, -9, -9), (3, 5)),
        ((9, WEAK, 0, -WEAK, -9, -9), (3, 4)),  # a k significant on its own narrows the limits
        ((9, -WEAK, WEAK, 0, -9, -9), (2, 5)),  # but not where the signs alternate
        ((9, -WEAK, 9, 0, -9, -9), (4, 5)),  # the sign before the crossover is that of the last sure k
        ((-WEAK, 9, 9, 0, -9, -9), (4, 5)),
    ],
)
def test_the_limits_hold_the_change_between_two_sure_signs(
    errors: tuple[float, ...], limits: tuple[int, int]
) -> None:
    found = find_crossing([1, 2, 3, 4, 5, 6], columns(*errors), [], 0.95)
    assert found.state == "crosses"
    assert (found.low, found.high) == limits
    mirrored = find_crossing([1, 2, 3, 4, 5, 6], -columns(*errors), [], 0.95)
    assert (mirrored.state, mirrored.low, mirrored.high) == ("crosses", *limits)


def test_a_sure_way_back_is_told() -> None:
    found = find_crossing([1, 2, 3, 4, 5, 6], columns(9, 9, -9, -9, 0, 9), [3, 5], 0.95)
    assert (found.low, found.estimate, found.high, found.back) == (3, 3, 3, 6)
    assert found.sentence() == (
        "The curves cross between k = 3 and k = 3 (estimate: k = 3). They cross back by k = 6 (estimate: k = 5)."
    )


def test_a_sign_of_rounding_is_none() -> None:
    # A constant has no spread, so that even a rounding error would be significant.
    found = find_crossing([1, 2], np.array([[1e-14, 0.5]] * 100), [], 0.95)
    assert (found.state, found.high) == ("before", 2)


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ((), "(estimate: k = 9)."),
        ((10, 12), "(estimate: k = 9; the estimate changes its sign again at k = 10 and k = 12)."),
        ((2,), "With all k held at once, an earlier change at k = 2 cannot be told from noise."),
        ((2, 3), "earlier changes at k = 2 and k = 3 cannot be told from noise."),
        ((30,), "a later change at k = 30 cannot be told from noise."),
        ((2, 30, 40), "an earlier change at k = 2 and later changes at k = 30 and k = 40 cannot be told"),
        ((30, 31, 32, 33, 34), "later changes at k = 30, k = 31, k = 32 and 2 more k cannot be told"),
    ],
)
def test_sentences_do_not_hide_the_estimate_or_other_changes(others: tuple[int, ...], says: str) -> None:
    assert says in Crossing(9, 4, 20, "crosses", 64, others).sentence()
