"""`check_reward`: all checks of one reward, in an order in which what would hang comes first and stops the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rewards.conformance import endurance, group, steadiness
from rewards.conformance.fixtures import Case, Given, read_cases
from rewards.conformance.lab import Lab, target_of
from rewards.conformance.metadata import metadata, parameters
from rewards.conformance.report import Check, Report
from rewards.conformance.safety import conduct, loads, worker
from rewards.conformance.truth import corrupted, expected, gold, is_gold, unknown, values
from rewards.define import Reward
from rewards.errors import RewardError
from rewards.registry import find_reward

FIRST = ("loads", "metadata", "parameters", "worker", "fixtures", "answers", "quiet", "inputs")
SINGLE = (*FIRST, "values", "expected", "gold", "corrupted", *steadiness.NAMES, *endurance.NAMES)
GROUP = (*FIRST, *group.NAMES)
MOST = 200
"""Cases that are scored; of a longer file the first ones."""
STAND_INS = ("The answer is 7.", "<think>I count.</think><answer>7</answer>", r"\boxed{7}", "seven")


def check_names(group_reward: bool = False) -> tuple[str, ...]:
    """Return the names of all checks, in order, of a reward or of a group reward."""
    return GROUP if group_reward else SINGLE


def check_reward(
    reward: str | Reward,
    fixtures: Given = None,
    params: Mapping[str, Any] | None = None,
    *,
    deadline: float = 5.0,
    import_seconds: float = 10.0,
    memory_mb: int = 4096,
) -> Report:
    """Put a reward through every check and return the report. It ends, whatever the plugin does.

    Args:
        reward: a name, `path.py:function`, `module:attribute`, or a declared reward.
        fixtures: a JSON Lines file, or cases; by default `fixtures.jsonl` beside the plugin.
        params: parameters to set; fixtures written for others are left out.
        deadline: seconds for one sample, where the reward sets none.
        import_seconds: how long the plugin may take to load.
        memory_mb: address space of a worker in MiB.
    """
    label = reward if isinstance(reward, str) else reward.name
    lab = Lab(deadline, memory_mb)
    checks = list(_loaded_checks(lab, reward, label, fixtures, params or {}, import_seconds))
    made = {check.name for check in checks}
    first = next((check.name for check in checks if check.ok is False), "")
    is_group = (isinstance(reward, Reward) and reward.group) or "lengths" in made
    for name in check_names(is_group):
        if name not in made:
            checks.append(Check(name, None, got=f"stopped after `{first}`" if first else "needs fixtures"))
    return Report(label, checks)


def _loaded_checks(
    lab: Lab, reward: str | Reward, label: str, fixtures: Given, params: Mapping[str, Any], seconds: float
) -> Iterator[Check]:
    if isinstance(reward, str):
        found = loads(lab, ("ref", reward), label, seconds)
        yield found
        if not found.ok:
            return
        spec = find_reward(reward)
    else:
        spec = reward
        yield Check("loads", True)
    yield metadata(spec)
    yield parameters(spec)
    in_worker = worker(lab, spec)
    yield in_worker
    cases, read = _cases(spec, fixtures, params)
    yield read
    if in_worker.ok and cases:
        yield from _run(lab, spec, cases)


def _cases(spec: Reward, fixtures: Given, params: Mapping[str, Any]) -> tuple[list[Case], Check]:
    try:
        bound = spec.bind(**params).params
    except RewardError as error:
        if params:
            return [], Check("fixtures", False, shown_params(params), str(error), "parameters it takes")
        bound = None
    try:
        cases = read_cases(spec, fixtures, bound or {})[:MOST] if (bound is not None or not params) else []
    except RewardError as error:
        return [], Check("fixtures", False, "the fixtures", str(error), "one case a line")
    if cases and params and not any(is_gold(spec, case) for case in cases) and not spec.group:
        cases = []  # the plugin's own cases are for other parameters, and prove nothing about these
    if cases:
        return cases, Check("fixtures", True)
    if bound is None:
        problem = "no fixtures, and a parameter without a default"
        return [], Check("fixtures", None, got=problem, allowed="fixtures with `params`, or PARAM=VALUE")
    return _stand_ins(spec, bound), unknown("fixtures")


def shown_params(params: Mapping[str, Any]) -> str:
    """Return parameters as they are written on the command line."""
    return " ".join(f"{name}={value}" for name, value in params.items())


def _stand_ins(spec: Reward, params: Mapping[str, Any]) -> list[Case]:
    columns = dict.fromkeys(spec.columns, "7")
    if spec.group:
        return [
            Case({"group": [{"completion": t} for t in STAND_INS], "scores": [1.0, 0.0, None, 1.0]}, params)
        ]
    return [Case({"completion": text, **columns}, params) for text in STAND_INS]


def _run(lab: Lab, spec: Reward, cases: list[Case]) -> Iterator[Check]:
    found = list(conduct(lab, spec, cases))
    yield from found
    if any(check.ok is False for check in found[:2]):
        return
    if spec.group:
        yield from group.checks(lab, spec, cases)
        return
    with lab.fresh() as runner:
        lab.probe(runner, "warm", 120.0, target=target_of(spec))
        scores = lab.scores(runner, spec, cases)
        yield values(spec, cases, scores)
        yield expected(spec, cases, scores)
        yield gold(spec, cases, scores)
        yield corrupted(lab, runner, spec, cases)
        yield from steadiness.steadiness(lab, runner, spec, cases, scores)
        yield from endurance.endurance(lab, runner, spec, cases)
