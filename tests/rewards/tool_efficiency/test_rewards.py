"""The plugins inside a suite: the product, the gate on correctness, and bases that cannot be multiplied."""

from __future__ import annotations

from typing import Any

import pytest

from rewards import RewardError, Rollout, Status, Suite, load_reward
from rewards.tool_efficiency import otc_grpo, otc_ppo
from rewards.verifier_audit.measure import audit_reward

CONSTANTS = {"alpha": 1.0, "c": 2.0}


def rollout(calls: int, answer: str = "7", **columns: Any) -> Rollout:
    turns: list[dict[str, Any]] = []
    for number in range(calls):
        turns.append(
            {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": {"x": number}}]}
        )
        turns.append({"role": "tool", "content": "ok"})
    return Rollout(
        [*turns, {"role": "assistant", "content": f"#### {answer}"}], columns={"answer": "7", **columns}
    )


def test_efficiency_multiplies_correctness_and_leaves_it_alone() -> None:
    suite = Suite.from_config(
        [
            {"name": "number", "times": "tool_efficiency"},
            {"name": "tool_efficiency", "weight": 0, "params": CONSTANTS},
        ]
    )
    found = suite.score([rollout(0), rollout(2), rollout(0, "8"), rollout(3, "8")])
    assert [v.total for v in found] == [1.0, pytest.approx(otc_ppo(2, 2.0)), 0.0, 0.0]
    assert [v.correct for v in found] == [True, True, False, False]
    assert found[1].scores["tool_efficiency"].parts["calls"] == 2.0


def test_the_group_term_turns_the_total_into_the_product() -> None:
    suite = Suite.from_config(["number", {"name": "otc_group", "params": CONSTANTS}])
    found = suite.score([rollout(2), rollout(3), rollout(0, "8"), rollout(4)], ["p"] * 4)
    wanted = [1.0, otc_grpo(3, 2, 2.0), 0.0, otc_grpo(4, 2, 2.0)]
    assert [v.total for v in found] == pytest.approx(wanted, abs=1e-12)
    assert [v.correct for v in found] == [True, True, False, True]
    assert found[1].scores["otc_group"].parts == {"calls": 3.0, "least": 2.0}


def test_a_negative_base_is_refused_and_says_why() -> None:
    suite = Suite.from_config(
        ["number", {"name": "format", "weight": -1.0}, {"name": "otc_group", "params": CONSTANTS}]
    )
    wrong = Rollout("<think>x</think><answer>7</answer>", columns={"answer": "8"})
    found = suite.score([wrong], ["p"])[0]
    assert (found.total, found.status) == (None, Status.ERROR)
    assert (
        "a base total of -1; efficiency multiplies totals in [0, 1] only" in found.scores["otc_group"].reason
    )


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("tool_efficiency", {"alpha": 1.0}, "needs parameter `c`"),
        ("tool_efficiency", {"c": 1.0}, "needs parameter `alpha`"),
        ("tool_efficiency", {"alpha": 1.0, "c": 0.0}, "c = 0.0; it must be a finite number above 0"),
        ("tool_efficiency", {"alpha": -1.0, "c": 1.0}, "alpha = -1.0"),
        ("tool_efficiency", {"alpha": 1.0, "c": 1.0, "count": "all"}, "'requested', 'executed'"),
        ("otc_group", {"alpha": 3.0, "c": 1.0}, "at most 2"),
        ("otc_group", {"alpha": 1.0, "c": 1.0, "right_from": 0.0}, "a total of 0 is not right"),
    ],
)
def test_constants_are_required_and_checked_before_anything_is_scored(
    name: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(RewardError) as error:
        load_reward(name, **params)
    assert message in str(error.value)


def test_lengths_in_tokens_need_tokens() -> None:
    suite = Suite.from_config(["number", {"name": "length_rank", "weight": 0.1}])
    short = Rollout("#### 7", columns={"answer": "7"}, completion_tokens=3)
    long = Rollout("so #### 7", columns={"answer": "7"}, completion_tokens=9)
    found = suite.score([short, long, rollout(0, "8")], ["p"] * 3)
    assert [v.total for v in found] == [1.05, 0.95, 0.0]
    unknown = suite.score([short, rollout(0)], ["p"] * 2)
    assert "use unit: characters" in unknown[0].scores["length_rank"].reason


@pytest.mark.parametrize("c", [1.0, 2.0, 4.0])
def test_no_form_of_calls_escapes_the_count(c: float) -> None:
    bound = load_reward("tool_efficiency", alpha=1.0, c=c)
    report = audit_reward(bound, rows=[{}])
    for family in (report.total(True), report.total(False)):
        assert family.cases >= 20
        assert (family.wrong, family.masked) == (0, 0)
