"""Accuracy of cut thoughts against the budget: curves and tokens by hand, intervals that hold, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import EvalError
from eval.analyses import ForcedCurve, compare_reach, forced_curve, normalised_regret, tokens_to_reach

BUDGETS = [0, 10, 20]


def test_a_curve_is_the_mean_over_problems_of_the_means_over_samples() -> None:
    found = forced_curve(["b", "a", "a"], [5, 15, 30], BUDGETS, [[0, 1, 1], [0, 0, 1], [0, 1, 0]])
    assert found.problems == ("a", "b")
    assert found.accuracy.tolist() == [[0, 0.5, 0.5], [0, 1, 1]]
    assert found.used.tolist() == [[0, 10, 17.5], [0, 5, 5]]
    assert found.means.tolist() == [0, 0.75, 0.75]
    at = found.at(1)
    assert at.estimate == 0.75
    assert at.low is not None
    assert at.high is not None
    assert at.low < 0.75 < at.high


def test_the_regret_counts_the_answers_tokens() -> None:
    found = forced_curve(["a", "b"], [20, 20], BUDGETS, [[0, 1, 1], [0, 0, 1]])
    assert found.regret(20) == pytest.approx(normalised_regret([10, 20], [0.5, 1], 20))
    assert found.regret(30, answer=5) == pytest.approx(normalised_regret([5, 15, 25], [0, 0.5, 1], 30))


@pytest.mark.parametrize(
    ("target", "tokens"),
    [(0.0, 0.0), (0.25, 5.0), (0.5, 10.0), (0.7, 15.0), (0.9, 20.0), (0.91, None)],
)
def test_tokens_to_reach_a_target_lie_on_the_line_between_budgets(
    target: float, tokens: float | None
) -> None:
    # The curve falls after its peak: what counts is the first time.
    found = tokens_to_reach([0, 10, 20, 30], [0.0, 0.5, 0.9, 0.6], target)
    assert found == (None if tokens is None else pytest.approx(tokens))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_takes_no_fewer_tokens(curve: list[float], one: float, two: float) -> None:
    tokens = [3.0 * i for i in range(len(curve))]
    low, high = (tokens_to_reach(tokens, curve, t) for t in sorted((one, two)))
    assert high is None or (low is not None and low <= high + 1e-9)


def population(seed: int, rises_at: int, problems: int = 200) -> list[list[bool]]:
    """Return verdicts at budgets 0 to 50 by 10: wrong before `rises_at`, then right in 80 %."""
    draw = np.random.default_rng(seed)
    return [
        [budget >= rises_at and right for budget in range(0, 51, 10)] for right in draw.random(problems) < 0.8
    ]


def test_a_policy_that_gets_there_earlier_is_seen_to() -> None:
    names, lengths, budgets = range(200), [50] * 200, range(0, 51, 10)
    late = forced_curve(names, lengths, budgets, population(0, 40))
    early = forced_curve(names, [30] * 200, budgets, population(0, 20))
    found = compare_reach(late, early, replicates=500)
    assert (found.base, found.other) == (40.0, 20.0)
    assert (found.low, found.high, found.unreached) == (-20.0, -20.0, 0.0)
    assert (found.base_used, found.other_used) == (40.0, 20.0)
    same = compare_reach(late, late, replicates=500)
    assert (same.low, same.high) == (0.0, 0.0)


def test_a_policy_that_never_gets_there_is_censored() -> None:
    names, budgets = range(200), range(0, 51, 10)
    good = forced_curve(names, [50] * 200, budgets, population(0, 20))
    never = forced_curve(names, [50] * 200, budgets, population(0, 60))
    found = compare_reach(good, never, replicates=200)
    assert (found.other, found.other_used, found.high, found.unreached) == (None, None, math.inf, 1.0)
    # One that ends as high by chance: in about half of the replicates it does not get there.
    equal = forced_curve(names, [50] * 200, budgets, population(1, 20))
    assert 0.0 < compare_reach(good, equal, replicates=500).unreached < 1.0


@pytest.mark.parametrize(
    ("problems", "lengths", "budgets", "correct", "message"),
    [
        ([], [], [0], np.zeros((0, 1)), "for each of 0 thoughts"),
        (["a"], [1], [0, 1], [[1]], "shape"),
        (["a"], [], [0], [[1]], "0 lengths"),
        (["a"], [1], [1, 1], [[1, 1]], "ascend"),
        (["a"], [1], [-1], [[1]], "at least 0"),
    ],
)
def test_a_curve_refuses(
    problems: list[str], lengths: list[int], budgets: list[int], correct: list[list[int]], message: str
) -> None:
    with pytest.raises(EvalError, match=message):
        forced_curve(problems, lengths, budgets, correct)


def test_a_cluster_of_equal_problems_counts_once() -> None:
    budgets, verdicts = range(0, 51, 10), population(0, 40, 40)
    others = population(1, 20, 40)
    names = [f"{i}-{copy}" for i in range(40) for copy in range(5)]
    clusters = {name: name.split("-")[0] for name in names}

    def five(of: list[list[bool]], wanted: dict[str, str] | None) -> ForcedCurve:
        return forced_curve(names, [50] * 200, budgets, [row for row in of for _ in range(5)], wanted)

    def width(curve: ForcedCurve) -> float:
        at = curve.at(5)
        assert at.low is not None
        assert at.high is not None
        return at.high - at.low

    once = forced_curve(range(40), [50] * 40, budgets, verdicts)
    assert width(five(verdicts, clusters)) == pytest.approx(width(once))
    assert width(five(verdicts, None)) < 0.6 * width(once)
    alone = compare_reach(once, forced_curve(range(40), [50] * 40, budgets, others), replicates=2000)
    assert 0.0 < alone.unreached < 1.0
    found = compare_reach(five(verdicts, clusters), five(others, clusters), replicates=2000)
    assert found.unreached == pytest.approx(alone.unreached, abs=0.05)
    loose = compare_reach(five(verdicts, None), five(others, None), replicates=2000)
    assert abs(loose.unreached - alone.unreached) > 0.1
    with pytest.raises(EvalError, match="same clusters"):
        compare_reach(five(verdicts, clusters), five(others, None))
    with pytest.raises(EvalError, match="1 problems have no cluster, the first `0-0`"):
        five(verdicts, {name: c for name, c in clusters.items() if name != "0-0"})


def test_curves_of_other_problems_are_not_compared() -> None:
    one = forced_curve(["a"], [1], [0], [[1]])
    with pytest.raises(EvalError, match="same problems and budgets"):
        compare_reach(one, forced_curve(["b"], [1], [0], [[1]]))
