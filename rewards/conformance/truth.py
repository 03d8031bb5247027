"""Are the values right? Fixtures, gold, corrupted gold, ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rewards.conformance.corrupt import corruptions
from rewards.conformance.fixtures import Case
from rewards.conformance.lab import Lab
from rewards.conformance.report import Check, shown, verdict
from rewards.contract import Score, Status
from rewards.define import Reward
from rewards.runner import Runner

ADVICE = "a fixtures.jsonl beside the plugin (docs/add_a_reward.md shows how), or --fixtures FILE"
GOLDS = 50
"""Full-scoring cases whose corruptions are tried."""


def unknown(name: str) -> Check:
    """Return the check that needs fixtures where there are none."""
    return Check(name, None, got="there are no fixtures", allowed=ADVICE)


def values(spec: Reward, cases: Sequence[Case], scores: Sequence[Score]) -> Check:
    """Check that whatever came back is one finite number within the declared range."""
    for case, score in zip(cases, scores, strict=True):
        if score.status is Status.ERROR and score.reason.startswith("returned "):
            low, high = spec.range
            allowed = f"a finite number from {low:g} to {high:g}, a Score with one, or None (not applicable)"
            return Check("values", False, shown(dict(case.row)), score.reason, allowed)
    return Check("values", True)


def expected(spec: Reward, cases: Sequence[Case], scores: Sequence[Score]) -> Check:
    """Check the value and the status of each fixture."""
    if not any(case.expect for case in cases):
        return unknown("expected")
    wrong = [(c, s) for c, s in zip(cases, scores, strict=True) if not _as_expected(c, s)]
    if not wrong:
        return Check("expected", True)
    case, score = wrong[0]
    count = f" (and {len(wrong) - 1} more cases)" if len(wrong) > 1 else ""
    want = f"{case.expect.get('value')}, {case.expect.get('status')}" if case.expect else ""
    return Check("expected", False, fed(case), verdict(score) + count, f"{want}, as the fixture says")


def gold(spec: Reward, cases: Sequence[Case], scores: Sequence[Score]) -> Check:
    """Check that the right completions score full."""
    if not any(case.expect for case in cases):
        return unknown("gold")
    full = spec.range[1]
    golds = [(c, s) for c, s in zip(cases, scores, strict=True) if is_gold(spec, c)]
    if not golds:
        got = f"no case expects the full value {full:g}"
        return Check("gold", False, "the fixtures", got, "at least one completion that is entirely right")
    for case, score in golds:
        if score.status is not Status.SCORED or not _same(score.value, full):
            return Check(
                "gold", False, fed(case), verdict(score), f"{full:g}, scored: the completion is right"
            )
    return Check("gold", True)


def corrupted(lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case]) -> Check:
    """Check that a right completion made wrong scores less.

    Where a case lists `wrong`, each of those must score less; else one of the kit's own corruptions must. A
    reward without a reference cannot tell wrong content: there a fixture that scores less is asked for.
    """
    if not any(case.expect for case in cases):
        return unknown("corrupted")
    for case in [case for case in cases if is_gold(spec, case)][:GOLDS]:
        own = case.wrong is not None
        if not own and not spec.columns:
            continue
        tries = [
            case.with_completion(c)
            for c in (case.wrong or []) or ([] if own else corruptions(case.completion))
        ]
        scores = lab.scores(runner, spec, tries)
        paid = [
            t for t, s in zip(tries, scores, strict=True) if s.value is not None and s.value >= spec.range[1]
        ]
        if paid and (own or len(paid) == len(tries)):
            got = f"{spec.range[1]:g}, scored: it pays as much as the right one"
            allowed = (
                f"less than {spec.range[1]:g}; if it is right, list true wrong ones as `wrong` in the fixture"
            )
            return Check("corrupted", False, fed(paid[0]), got, allowed)
    if any(case.expect and not is_gold(spec, case) for case in cases):
        return Check("corrupted", True)
    return Check(
        "corrupted", False, "the fixtures", "no case scores less than full", "at least one wrong completion"
    )


def is_gold(spec: Reward, case: Case) -> bool:
    """Whether the fixture says that the completion is entirely right."""
    expect = case.expect or {}
    return expect.get("status") == "scored" and _same(expect.get("value"), spec.range[1])


def fed(case: Case) -> str:
    """Return a case as text."""
    params = f" with {dict(case.params)}" if case.params else ""
    return shown(dict(case.row)) + params


def _as_expected(case: Case, score: Score) -> bool:
    if case.expect is None:
        return True
    same = "value" not in case.expect or _same(score.value, case.expect["value"])
    return same and score.status.value == case.expect["status"]


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, abs_tol=1e-9)
