"""A reward whose range depends on its parameters, and one that looks at its rows before training."""

from collections.abc import Mapping
from typing import Any

import pytest

from rewards import RewardError, Rollout, Status, Suite
from rewards.contract import Score
from rewards.define import reward
from rewards.errors import BadReference
from rewards.suite import Term


def _levels(params: Mapping[str, Any]) -> tuple[float, float, float]:
    return (-params["top"], params["top"], params["top"] / 2)


def _seen(row: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    if row["answer"] == "lost":
        raise BadReference(f"no file `lost` (top {params['top']:g})")


@reward("levels", range=(-1.0, 1.0), scale=_levels, check_row=_seen)
def levels(completion: str, answer: str, *, top: float = 1.0) -> Score:
    """Pay `top` for the answer, half of it for its first letter."""
    if not completion:
        return Score(0.0, Status.UNPARSED)
    share = 1.0 if completion == answer else 0.5 if completion[0] == answer[0] else 0.0
    return Score(share * top)


@pytest.mark.parametrize("top", [1.0, 7.0])
def test_values_floors_and_full_marks_follow_the_parameters(top: float) -> None:
    bound = levels.bind(top=top)
    rows = [{"completion": text, "answer": "abc"} for text in ("abc", "a", "x", "")]
    assert [s.value for s in bound.score_batch(rows)] == [top, top / 2, 0.0, -top]
    assert (bound.spec.range, bound.full) == ((-top, top), top / 2)
    assert levels.range == (-1.0, 1.0)


def test_right_is_what_the_reward_says_and_not_the_top_of_the_range() -> None:
    suite = Suite([Term(levels.bind(top=7.0), "levels")])
    rollouts = [Rollout(text, columns={"answer": "abc"}) for text in ("abc", "a", "x")]
    assert [v.correct for v in suite.score(rollouts)] == [True, True, False]


def test_an_unusable_row_stops_the_run_and_is_named() -> None:
    suite = Suite([Term(levels.bind(top=2.0), "levels")])
    suite.check([{"answer": "abc"}], "data")
    with pytest.raises(RewardError, match=r"data, row 1: reward `levels`: no file `lost` \(top 2\)"):
        suite.check([{"answer": "abc"}, {"answer": "lost"}], "data")
