"""Call one reward on one rollout and turn whatever comes back, or is raised, into a `Score`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rewards.contract import Score, Status
from rewards.define import Reward, floor_score
from rewards.errors import BadReference

MASKED = frozenset({Status.ERROR, Status.BAD_REFERENCE, Status.NOT_APPLICABLE})
FLOORED = frozenset({Status.UNPARSED, Status.TIMEOUT})
REASON_CHARS = 500


def failed(reason: str, seconds: float = 0.0) -> Score:
    """Return the score of a verifier that failed: masked, with the reason."""
    return Score(None, Status.ERROR, {}, reason[:REASON_CHARS], seconds)


def judge(spec: Reward, params: Mapping[str, Any], arguments: Mapping[str, Any]) -> Score:
    """Score one rollout in this process. Never raises, except KeyboardInterrupt."""
    start = time.perf_counter()
    try:
        raw = spec.fn(**arguments, **params)
        score = as_score(spec, raw)
    except BadReference as error:
        score = Score(None, Status.BAD_REFERENCE, {}, str(error)[:REASON_CHARS])
    except MemoryError:
        score = floor_score(spec, Status.TIMEOUT, "ran past the memory limit")
    except RecursionError:
        score = floor_score(spec, Status.TIMEOUT, "ran past the recursion limit")
    except (Exception, SystemExit) as error:  # a plugin may raise anything; it is named, counted and masked
        score = failed(f"{type(error).__name__}: {error}")
    return replace(score, seconds=time.perf_counter() - start)


def as_score(spec: Reward, raw: object) -> Score:
    """Check what a reward returned.

    A float becomes a score, None becomes `not_applicable`; NaN, infinities, text and values outside the
    declared range become an `error` that says what came back.
    """
    if raw is None:
        return Score(None, Status.NOT_APPLICABLE)
    if not isinstance(raw, Score):
        return _checked(spec, Score(raw, Status.SCORED))  # type: ignore[arg-type]
    try:
        status = Status(raw.status)
        parts = {str(name): float(part) for name, part in raw.parts.items()}
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        return failed(f"returned a Score with a bad status or part: {error}")
    score = replace(raw, status=status, parts=parts, reason=str(raw.reason)[:REASON_CHARS])
    if status in MASKED:
        return replace(score, value=None)
    if status in FLOORED:
        return replace(score, value=spec.range[0])
    return _checked(spec, score)


def _checked(spec: Reward, score: Score) -> Score:
    low, high = spec.range
    try:
        value = float(score.value)  # type: ignore[arg-type]
        number = not isinstance(score.value, str | bytes)
    except (TypeError, ValueError, OverflowError):
        number = False
    if not number:
        return failed(f"returned {score.value!r:.80} instead of a number")
    if not math.isfinite(value):
        return failed(f"returned {value}")
    if not low - 1e-9 <= value <= high + 1e-9:
        return failed(f"returned {value:g}, outside its declared range [{low:g}, {high:g}]")
    return replace(score, value=min(max(value, low), high))
