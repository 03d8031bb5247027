"""The pytest items behind `--reasoners-reward`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from rewards.conformance.kit import check_names, check_reward
from rewards.conformance.report import Report
from rewards.conformance.testing import is_group, judge_check


class RewardNode(pytest.Collector):
    """One reward, and its report, made when the first of its checks is run."""

    @cached_property
    def report(self) -> Report:
        """The kit's report."""
        return check_reward(self.name)

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one item per check."""
        for check in check_names(is_group(self.name)):
            yield CheckItem.from_parent(self, name=check)


class CheckItem(pytest.Item):
    """One check of one reward."""

    strict = False

    def runtest(self) -> None:
        """Fail or skip as the check says."""
        parent: Any = self.parent
        judge_check(parent.report, self.name, self.strict)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Return what the test is called."""
        parent: Any = self.parent
        return "reasoners-reward", None, f"{parent.name}: {self.name}"


def reward_items(session: pytest.Session, name: str, strict: bool) -> Iterator[pytest.Item]:
    """Yield the items of one reward."""
    node = RewardNode.from_parent(session, name=name, nodeid=f"reward[{name}]")
    for item in node.collect():
        if isinstance(item, CheckItem):
            item.strict = strict
        yield item
