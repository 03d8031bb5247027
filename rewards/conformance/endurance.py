"""Completions that are empty, huge, broken or strange: a named status, in time, and no pay for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rewards.conformance.awkward import NOTHING, awkward_completions
from rewards.conformance.fixtures import Case
from rewards.conformance.lab import Lab
from rewards.conformance.report import Check, verdict
from rewards.conformance.truth import fed, is_gold
from rewards.contract import Score, Status
from rewards.define import Reward
from rewards.runner import Runner

INLINE_SECONDS = 2.0
"""What one sample of an inline reward may take, on a busy machine: nothing can stop it in a run."""
ALLOWED = frozenset({Status.SCORED, Status.UNPARSED, Status.NOT_APPLICABLE})
NAMES = ("awkward", "deadline", "nothing")


def endurance(lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case]) -> Iterator[Check]:
    """Yield the checks of `NAMES`."""
    base = next((case for case in cases if is_gold(spec, case)), cases[0])
    inputs = awkward_completions(base.completion if is_gold(spec, base) else None)
    tried = {label: base.with_completion(completion) for label, completion in inputs.items()}
    scores = dict(zip(tried, lab.scores(runner, spec, list(tried.values())), strict=True))
    trusted = base.expect is not None or not spec.columns
    yield _awkward(tried, scores, trusted)
    yield _deadline(spec, lab, tried, scores)
    yield _nothing(spec, cases, tried, scores)


def _awkward(tried: dict[str, Case], scores: dict[str, Score], trusted: bool) -> Check:
    if not trusted:
        return Check("awkward", None, got="there are no fixtures, so no sound reference to ask about")
    bad = {label: s for label, s in scores.items() if s.status not in ALLOWED | {Status.TIMEOUT}}
    for label, score in bad.items():
        more = f" (and {len(bad) - 1} more inputs)" if len(bad) > 1 else ""
        allowed = "scored, unparsed or not_applicable: the completion is at fault, the verifier and the data are not"
        return Check("awkward", False, f"{label}: {fed(tried[label])}", verdict(score) + more, allowed)
    return Check("awkward", True)


def _deadline(spec: Reward, lab: Lab, tried: dict[str, Case], scores: dict[str, Score]) -> Check:
    for label, score in scores.items():
        asked = f"{label}: {fed(tried[label])}"
        if score.status is Status.TIMEOUT:
            limit = spec.deadline or lab.deadline
            allowed = (
                f"a verdict within {limit:g} s and {lab.memory_mb} MiB: bound the text before working on it"
            )
            return Check("deadline", False, asked, verdict(score), allowed)
        if spec.cost == "inline" and score.seconds > INLINE_SECONDS:
            allowed = f"{INLINE_SECONDS:g} s for cost='inline', which nothing can stop; use cost='isolated'"
            return Check("deadline", False, asked, f"{score.seconds:.1f} s", allowed)
    return Check("deadline", True)


def _nothing(spec: Reward, cases: Sequence[Case], tried: dict[str, Case], scores: dict[str, Score]) -> Check:
    low, high = spec.range
    free = min(max(low, 0.0), high)
    if any(_is_empty(case) and ((case.expect or {}).get("value") or low) > free for case in cases):
        return Check("nothing", True)  # the author says, in a fixture, that silence is worth something
    for label in NOTHING:
        value = scores[label].value
        if (
            value is not None
            and (value > free or (value == high and free == high))
            and not _declared(cases, value)
        ):
            allowed = f"at most {low:g}; a reward that means to pay silence says so in a fixture"
            return Check("nothing", False, f"{label}: {fed(tried[label])}", verdict(scores[label]), allowed)
    return Check("nothing", True)


def _declared(cases: Sequence[Case], value: float) -> bool:
    return any(_is_empty(case) and (case.expect or {}).get("value") == value for case in cases)


def _is_empty(case: Case) -> bool:
    return isinstance(case.completion, str) and not case.completion.strip()
