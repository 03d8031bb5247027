"""Does it load, answer, keep quiet, clean up and leave its inputs alone? What fails here stops the rest."""

from __future__ import annotations

from collections.abc import Iterator

from rewards.conformance.fixtures import Case
from rewards.conformance.lab import PATIENCE, Lab, target_of
from rewards.conformance.probe import Target
from rewards.conformance.report import Check, shown, verdict
from rewards.contract import Score, Status
from rewards.define import Reward
from rewards.errors import RewardError
from rewards.runner import Runner

PRINTED = 1000
"""Bytes that one sample may print."""
WATCHED = 20
"""Cases that are watched for what they change."""


def loads(lab: Lab, target: Target, label: str, seconds: float) -> Check:
    """Load the plugin in a process of its own, where it can be killed."""
    with lab.fresh() as runner:
        score = lab.probe(runner, "load", seconds, target=target)
    fed = f"load `{label}` in a fresh process"
    if score.value == 1.0:
        return Check("loads", True)
    if score.status is Status.TIMEOUT:
        allowed = (
            f"at most {seconds:g} s; declare slow modules as @reward(..., imports=(...)) or import inside"
        )
        return Check("loads", False, fed, f"still loading after {seconds:g} s", allowed)
    return Check("loads", False, fed, score.reason, "a module that imports, with its dependencies installed")


def worker(lab: Lab, spec: Reward) -> Check:
    """Load the plugin in a worker while this process holds it too, as in a run."""
    fed = f"send `{spec.name}` to a worker process"
    allowed = "a function in a module or file of its own, which any number of processes can load at once"
    try:
        target = target_of(spec)
    except RewardError as error:
        return Check("worker", False, fed, str(error), allowed)
    with lab.fresh() as runner:
        score = lab.probe(runner, "load", PATIENCE, target=target)
    return Check("worker", True) if score.value == 1.0 else Check("worker", False, fed, score.reason, allowed)


def conduct(lab: Lab, spec: Reward, cases: list[Case]) -> Iterator[Check]:
    """Yield `answers`, `quiet` and `inputs`, from watching the plugin on its first cases."""
    with lab.fresh() as runner:
        lab.probe(runner, "warm", PATIENCE, target=target_of(spec))
        seen = [_watched(lab, runner, spec, cases[0])]
        first = _answers(cases[0], seen[0], lab)
        if first.ok:
            seen += [_watched(lab, runner, spec, case) for case in cases[1:WATCHED]]
    yield first
    yield _quiet(cases, seen)
    yield _inputs(cases, seen)


def _watched(lab: Lab, runner: Runner, spec: Reward, case: Case) -> Score:
    if not spec.group:
        return lab.watch(runner, spec, case)
    columns = {"rows": case.row["group"], "scores": case.row["scores"], "params": dict(case.params)}
    return lab.probe(runner, "watch_group", target=target_of(spec), **columns)


def _answers(case: Case, seen: Score, lab: Lab) -> Check:
    expected = (case.expect or {}).get("status")
    ran_out = seen.reason.startswith("timeout: ")  # of memory, or of stack: told by the worker itself
    if (seen.value == 1.0 and not ran_out) or expected == "timeout":
        return Check("answers", True)
    allowed = f"a verdict within {lab.deadline:g} s and {lab.memory_mb} MiB, from a process that lives on"
    got = shown(seen.reason) if ran_out else verdict(seen)
    return Check("answers", False, shown(dict(case.row)), got, allowed)


def _quiet(cases: list[Case], seen: list[Score]) -> Check:
    for case, score in zip(cases, seen, strict=False):
        fed = shown(dict(case.row))
        if score.parts.get("children", 0.0):
            got = f"{score.parts['children']:.0f} child process left behind"
            return Check("quiet", False, fed, got, "no process left: wait for each one that is started")
        printed = score.parts.get("printed", 0.0)
        if printed > PRINTED:
            allowed = f"at most {PRINTED} bytes a sample; put what a reader needs into Score(reason=...)"
            return Check("quiet", False, fed, f"{printed:.0f} bytes printed", allowed)
    return _unless_stopped("quiet", seen)


def _inputs(cases: list[Case], seen: list[Score]) -> Check:
    for case, score in zip(cases, seen, strict=False):
        if score.parts.get("mutated", 0.0):
            allowed = "inputs left as they are: other rewards read the same objects; copy before changing"
            return Check(
                "inputs", False, shown(dict(case.row)), "the row or its messages were changed", allowed
            )
    return _unless_stopped("inputs", seen)


def _unless_stopped(name: str, seen: list[Score]) -> Check:
    if seen[0].value == 1.0:
        return Check(name, True)
    return Check(name, None, got="the first case gave no verdict")
