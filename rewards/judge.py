"""Call one reward on one rollout and turn whatever comes back, or is raised, into a `Score`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rewards.contract import Score, Status
from rewards.define import Reward, floor_score
from rewards.errors import BadReference

MASKED = frozenset({Status.ERROR, Status.BAD_REFERENCE, Status.NOT_APPLICABLE})
FLOORED = frozenset({Status.UNPARSED, Status.TIMEOUT})
REASON_CHARS = 500
SCORED = Status.SCORED


def failed(reason: str, seconds: float = 0.0) -> Score:
    """Return the score of a verifier that failed: masked, with the reason."""
    return Score(None, Status.ERROR, {}, reason[:REASON_CHARS], seconds)


_forks = 0
"""How many forks lie between the first process and this one. Asking for it is a tenth of the price of `getpid`."""


def _forked() -> None:
    global _forks
    _forks += 1


os.register_at_fork(after_in_child=_forked)


def lineage() -> int:
    """Return a number that is another in a copy of this process; see `end_copy`."""
    return _forks


def end_copy(before: int) -> None:
    """End this process if it is a copy made since `before`: a plugin forked, and only its caller goes on."""
    if _forks != before:
        os._exit(0)


def judge(spec: Reward, params: Mapping[str, Any], arguments: Mapping[str, Any]) -> Score:
    """Score one rollout in this process. Never raises, except KeyboardInterrupt."""
    start, before = time.perf_counter(), _forks
    try:
        raw = spec.fn(**arguments, **params)
    except (Exception, SystemExit) as error:  # a plugin may raise anything; it is named, counted and masked
        raw = raised(spec, error)
    end_copy(before)
    seconds = time.perf_counter() - start
    low, high = spec.range
    if type(raw) is float and low <= raw <= high:  # the common case, and the one that must cost nothing
        return Score(raw, SCORED, {}, "", seconds)
    return as_score(spec, raw, seconds)


def judge_batch(spec: Reward, params: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Score]:
    """Score rollouts with a reward of batch form: one call for all of them. Never raises.

    Each positional name gets a list, in the order of the rows; an optional column that only some rows have is
    None in the others. What is not a list of one value per row is an `error` for the whole batch. A batch that
    raises is repeated row by row, so that only the rows at fault pay for it.
    """
    if not rows:
        return []
    start, before = time.perf_counter(), _forks
    names = {name: None for row in rows for name in row}
    try:
        raw = spec.fn(**{name: [row.get(name) for row in rows] for name in names}, **params)
    except (Exception, SystemExit) as error:
        end_copy(before)
        if len(rows) > 1:
            return [score for row in rows for score in judge_batch(spec, params, [row])]
        raw = [raised(spec, error)]
    values, problem = _values(raw, len(rows))
    end_copy(before)
    share = (time.perf_counter() - start) / len(rows)
    if problem:
        return [failed(problem, share)] * len(rows)
    return [as_score(spec, value, share) for value in values]


def _values(raw: object, wanted: int) -> tuple[list[Any], str]:
    if isinstance(raw, str | bytes | Mapping | Score) or not isinstance(raw, Iterable):
        return [], f"returned {_text(raw, repr):.80} instead of a list of {wanted} values"
    try:
        values = list(raw)
    except Exception as error:  # an iterator of the plugin's own
        return [], f"returned values that cannot be read: {type(error).__name__}: {_text(error)}"
    if len(values) != wanted:
        return [], f"returned {len(values)} values for {wanted} rows"
    return values, ""


def raised(spec: Reward, error: BaseException) -> Score:
    """Return what an exception of a reward means: a bad reference, a completion past a limit, or a fault."""
    if isinstance(error, BadReference):
        return Score(None, Status.BAD_REFERENCE, {}, _text(error)[:REASON_CHARS])
    if isinstance(error, MemoryError):
        return floor_score(spec, Status.TIMEOUT, "ran past the memory limit")
    if isinstance(error, RecursionError):
        return floor_score(spec, Status.TIMEOUT, "ran past the recursion limit")
    return failed(f"{type(error).__name__}: {_text(error)}")


def _text(thing: object, how: Callable[[object], str] = str) -> str:
    """Return an object of the plugin's as text, whatever its own methods do."""
    try:
        return how(thing)
    except Exception:
        return f"a {type(thing).__name__} that cannot be shown"


def as_score(spec: Reward, raw: object, seconds: float = 0.0) -> Score:
    """Check what a reward returned.

    A float becomes a score, None becomes `not_applicable`; NaN, infinities, text and values outside the
    declared range become an `error` that says what came back.
    """
    if raw is None:
        return Score(None, Status.NOT_APPLICABLE, {}, "", seconds)
    status, value, parts, reason = Status.SCORED, raw, {}, ""
    if isinstance(raw, Score):
        try:
            status, value = Status(raw.status), raw.value
            parts = {str(name): float(part) for name, part in raw.parts.items()}
            reason = str(raw.reason)[:REASON_CHARS]
        except Exception as error:  # its fields may be any objects of the plugin's
            return failed(f"returned a Score with a bad status or part: {_text(error)}", seconds)
    if status in MASKED:
        return Score(None, status, parts, reason, seconds)
    if status in FLOORED:
        return Score(spec.range[0], status, parts, reason, seconds)
    return _checked(spec, value, parts, reason, seconds)


def _checked(spec: Reward, raw: object, parts: Mapping[str, float], reason: str, seconds: float) -> Score:
    low, high = spec.range
    try:
        value = math.nan if isinstance(raw, str | bytes) else float(raw)  # type: ignore[arg-type]
    except Exception:  # whatever the object's own __float__ raises
        return failed(f"returned {_text(raw, repr):.80} instead of a number", seconds)
    if low <= value <= high:
        return Score(value, Status.SCORED, parts, reason, seconds)
    if isinstance(raw, str | bytes):
        return failed(f"returned {raw!r:.80} instead of a number", seconds)
    if not math.isfinite(value):
        return failed(f"returned {value}", seconds)
    if low - 1e-9 <= value <= high + 1e-9:  # rounding: the nearest end of the range is meant
        return Score(min(max(value, low), high), Status.SCORED, parts, reason, seconds)
    return failed(f"returned {value:g}, outside its declared range [{low:g}, {high:g}]", seconds)
