"""Checks of a group reward: one value per sample, whatever the order, whoever is masked, even of an empty group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from rewards.conformance.fixtures import Case
from rewards.conformance.lab import Lab, target_of
from rewards.conformance.report import Check, shown
from rewards.conformance.truth import unknown
from rewards.contract import Score
from rewards.define import Reward
from rewards.runner import Runner

NAMES = ("lengths", "values", "expected", "twice", "order", "masked", "single", "empty")
Values = list[float | None]


class _Group:
    """One group plugin in one worker."""

    def __init__(self, lab: Lab, runner: Runner, spec: Reward, case: Case) -> None:
        self.lab, self.runner, self.spec = lab, runner, spec
        self.rows: list[Any] = list(case.row["group"])
        self.scores: Values = list(case.row["scores"])
        self.params = dict(case.params)

    def ask(self, rows: Sequence[Any], scores: Sequence[float | None]) -> tuple[Values, str]:
        """Return the values, None for a masked one, and the reason of the first failure."""
        seen: Score = self.lab.probe(
            self.runner,
            "watch_group",
            target=target_of(self.spec),
            rows=list(rows),
            scores=list(scores),
            params=self.params,
        )
        if seen.value is None or "length" not in seen.parts:
            return [None] * len(rows), seen.reason
        return [seen.parts.get(str(at)) for at in range(int(seen.parts["length"]))], seen.reason


def checks(lab: Lab, spec: Reward, cases: Sequence[Case]) -> Iterator[Check]:
    """Yield the checks of `NAMES`; the shape is asked of the first case, the values of all."""
    with lab.fresh() as runner:
        group = _Group(lab, runner, spec, cases[0])
        first, reason = group.ask(group.rows, group.scores)
        fed = shown({"group": group.rows, "scores": group.scores})
        yield _unfailing("lengths", fed, reason if "values for" in reason else "", "one value per sample")
        low, high = spec.range
        yield _unfailing("values", fed, reason, f"finite numbers from {low:g} to {high:g}")
        yield _expected(lab, runner, spec, cases)
        yield _same("twice", fed, first, group.ask(group.rows, group.scores)[0])
        turned = group.ask(group.rows[::-1], group.scores[::-1])[0][::-1]
        yield _same("order", f"in reverse order: {fed}", first, turned)
        yield _shape(group, "masked", group.rows, [None] * len(group.rows))
        yield _shape(group, "single", group.rows[:1], group.scores[:1])
        yield _shape(group, "empty", [], [])


def _unfailing(name: str, fed: str, reason: str, allowed: str) -> Check:
    return Check(name, False, fed, reason, allowed) if reason else Check(name, True)


def _shape(group: _Group, name: str, rows: Sequence[Any], scores: Sequence[float | None]) -> Check:
    _, reason = group.ask(rows, scores)
    fed = f"{len(rows)} samples with the scores {list(scores)}"
    return _unfailing(name, fed, reason, f"{len(rows)} values and no error")


def _same(name: str, fed: str, one: Values, two: Values) -> Check:
    if _alike(one, two):
        return Check(name, True)
    return Check(name, False, fed, f"{two}; before: {one}", "each sample keeps its value")


def _expected(lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case]) -> Check:
    if not any(case.expect for case in cases):
        return unknown("expected")
    for case in cases:
        group = _Group(lab, runner, spec, case)
        got, reason = group.ask(group.rows, group.scores)
        want = list((case.expect or {})["values"])
        if not _alike(got, want):
            fed = shown({"group": group.rows, "scores": group.scores})
            return Check("expected", False, fed, f"{got} {reason}".strip(), f"{want}, as the fixture says")
    return Check("expected", True)


def _alike(one: Values, two: Values) -> bool:
    return len(one) == len(two) and all(
        a is b if a is None or b is None else math.isclose(a, b, abs_tol=1e-9)
        for a, b in zip(one, two, strict=True)
    )
