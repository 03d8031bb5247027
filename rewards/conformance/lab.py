"""Where the kit runs a plugin: always in worker processes, whatever cost the plugin declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from rewards.bound import BoundReward
from rewards.conformance.fixtures import Case
from rewards.conformance.probe import Target, unwatched
from rewards.contract import Score, Status
from rewards.define import Reward, floor_score
from rewards.errors import RewardError
from rewards.registry import find_reward
from rewards.runner import Runner

PROBES = "rewards.conformance.probe"
PATIENCE = 120.0
"""Seconds that the declared slow imports of a plugin may take."""
SLACK = 2.0


@dataclass(frozen=True)
class Lab:
    """Limits under which a plugin is run."""

    deadline: float = 5.0
    memory_mb: int = 4096

    @contextmanager
    def fresh(self) -> Iterator[Runner]:
        """Yield a runner of one new worker, closed at the end."""
        runner = Runner(workers=1, deadline=self.deadline, memory_mb=self.memory_mb)
        try:
            yield runner
        finally:
            runner.close()

    def probe(self, runner: Runner, name: str, deadline: float | None = None, **columns: Any) -> Score:
        """Call one of the kit's probes in the runner's worker."""
        spec = replace(find_reward(f"{PROBES}:{name}"), deadline=deadline or self.deadline)
        return BoundReward(spec, {}, runner).score_batch([{"completion": "", **columns}])[0]

    def watch(self, runner: Runner, spec: Reward, case: Case) -> Score:
        """Call the plugin once in the worker; see the probe `watch` for what comes back."""
        limit = spec.deadline or self.deadline
        patience = limit + (SLACK if spec.asynchronous else 0.0)  # an async reward keeps its own deadline
        columns = {"row": dict(case.row), "params": dict(case.params), "limit": limit}
        return self.probe(runner, "watch", patience, target=target_of(spec), **columns)

    def scores(self, runner: Runner, spec: Reward, cases: Sequence[Case]) -> list[Score]:
        """Score cases in order, neighbours with the same parameters in one batch."""
        if spec.asynchronous:  # such a reward would run in this process
            return [self._apart(runner, spec, case) for case in cases]
        isolated = replace(spec, cost="isolated") if spec.cost == "inline" else spec
        found: list[Score] = []
        for params, batch in _runs(cases):
            found += BoundReward(isolated, params, runner).score_batch([case.row for case in batch])
        return found

    def _apart(self, runner: Runner, spec: Reward, case: Case) -> Score:
        seen = self.watch(runner, spec, case)
        if seen.status is Status.TIMEOUT:
            return floor_score(spec, Status.TIMEOUT, seen.reason, seen.seconds)
        return unwatched(seen)


def _runs(cases: Sequence[Case]) -> Iterator[tuple[Mapping[str, Any], list[Case]]]:
    batch: list[Case] = []
    for case in cases:
        if batch and batch[0].params != case.params:
            yield batch[0].params, batch
            batch = []
        batch.append(case)
    if batch:
        yield batch[0].params, batch


def target_of(spec: Reward) -> Target:
    """Return how a worker finds the plugin. Raises `RewardError` if it cannot be sent."""
    if spec.ref:
        return ("ref", spec.ref)
    import cloudpickle

    try:
        return ("value", cloudpickle.dumps(spec))
    except Exception as error:
        raise RewardError(f"{type(error).__name__}: {error}") from error
