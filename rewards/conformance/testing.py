"""Make pytest tests of the kit: one test id per check, one run of the kit for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rewards.conformance.kit import check_names, check_reward
from rewards.conformance.report import Report
from rewards.define import Reward
from rewards.errors import RewardError


def reward_checks(reward: str | Path | Reward, **settings: Any) -> Callable[[str], None]:
    """Return a parametrised pytest test of every check of one reward; assign it to a name `test_...`.

    A check that cannot be made is a skipped test. `settings` go to `check_reward`; with `strict=True` what
    cannot be checked fails.

    Example:
        >>> test_number = reward_checks("number", strict=True)
    """
    import pytest

    ref = str(reward) if isinstance(reward, Path) else reward
    strict = bool(settings.pop("strict", False))

    @cache
    def report() -> Report:
        return check_reward(ref, **settings)

    @pytest.mark.parametrize("check", check_names(is_group(ref)))
    def test_reward(check: str) -> None:
        judge_check(report(), check, strict)

    return test_reward


def judge_check(report: Report, name: str, strict: bool = False) -> None:
    """Fail or skip the running pytest test as the check says."""
    import pytest

    check = report.find(name)
    sentence = f"{report.reward}: {check.sentence()}"
    if check.ok is False or (check.ok is None and strict and not report.failures):
        pytest.fail(sentence, pytrace=False)
    if check.ok is None:
        pytest.skip(sentence.replace("\n", ";"))


def is_group(reward: str | Reward) -> bool:
    """Whether it is a group reward; one that does not load is taken as a single one, and `loads` fails."""
    if isinstance(reward, Reward):
        return reward.group
    from rewards.registry import find_reward

    try:
        return find_reward(reward).group
    except RewardError:
        return False
