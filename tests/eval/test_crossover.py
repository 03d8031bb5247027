"""The crossover's interval: every state, and the truth within it."""

import numpy as np
import pytest

from eval import Count, compare
from eval.crossover import Crossing, draw_grid, find_crossing


def counts(n: int, cs: list[int]) -> list[Count]:
    return [Count(str(i), n, c) for i, c in enumerate(cs)]


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
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    assert 1 < found.low <= found.estimate <= found.high < 64
    assert f"between k = {found.low} and k = {found.high}" in found.sentence()


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
    found = find_crossing([1, 2, 4], table, None, 0.95)
    assert (found.state, found.low, found.high) == ("before", None, 4)
    assert "at or before k = 4" in found.sentence()


@pytest.mark.parametrize("problems", [1, 5])
def test_few_problems_say_nothing(problems: int) -> None:
    found = compare(counts(8, [2] * problems), counts(8, [3] * problems)).crossing
    assert found.state == "unknown"
    assert "cannot be told" in found.sentence()


def test_sentences_do_not_hide_the_estimate() -> None:
    assert "(estimate: k = 9)" in Crossing(9, 4, 20, "crosses", 64).sentence()
