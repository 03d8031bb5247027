"""The kit's own rewards: each loads the plugin under test in a worker, calls it there, and tells what it saw.

They are sent through the same runner as any reward, so whatever the plugin does is bounded by its deadline.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from rewards.bound import BoundReward, row_rollout
from rewards.contract import Score, Status
from rewards.define import Reward, reward

Target = tuple[str, Any]
"""("ref", text) or ("value", pickle): how a worker finds the plugin."""
VALUE, PART = "value of the plugin", "part of the plugin: "
_found: dict[Target, Reward] = {}


def find_target(target: Target) -> Reward:
    """Return the plugin, loaded at most once in this process. Raises whatever loading raises."""
    if target not in _found:
        from rewards.registry import find_reward

        kind, payload = target
        _found[target] = find_reward(payload) if kind == "ref" else pickle.loads(payload)
    return _found[target]


@reward("conformance_load")
def load(target: Any) -> Score:
    """Pay 1 if the plugin loads; the part `seconds` says how long it took."""
    start = time.perf_counter()
    try:
        find_target(tuple(target))
    except Exception as error:
        return Score(0.0, reason=f"{type(error).__name__}: {error}"[:400])
    return Score(1.0, parts={"seconds": time.perf_counter() - start})


@reward("conformance_warm")
def warm(target: Any) -> float:
    """Import the slow modules that the plugin declared."""
    for module in find_target(tuple(target)).imports:
        import_module(module)
    return 1.0


@reward("conformance_watch")
def watch(target: Any, row: Any, params: Any, limit: Any) -> Score:
    """Call the plugin once and report, as parts, what it paid, printed, left behind and changed."""
    spec = find_target(tuple(target))
    rollout = row_rollout(row)
    bound = BoundReward(replace(spec, cost="inline", deadline=limit), params)
    with _watched(rollout) as seen:
        score = bound.score_rollouts([rollout])[0]
        seen["reason"] = f"{score.status.value}: {score.reason}"
    paid = {} if score.value is None else {VALUE: score.value}
    return _seen(seen, {**paid, **{PART + name: part for name, part in score.parts.items()}})


def unwatched(seen: Score) -> Score:
    """Return the plugin's own score from what `watch` saw."""
    word, _, reason = seen.reason.partition(": ")
    if seen.value is None:
        return seen
    parts = {name.removeprefix(PART): part for name, part in seen.parts.items() if name.startswith(PART)}
    return Score(seen.parts.get(VALUE), Status(word), parts, reason, seen.seconds)


@reward("conformance_group")
def watch_group(target: Any, rows: Any, scores: Any, params: Any) -> Score:
    """Call a group plugin once; parts `0`, `1`, ... are its values, a masked one is absent."""
    bound = BoundReward(find_target(tuple(target)), params)
    rollouts = [row_rollout(row) for row in rows]
    found: Sequence[Score] = []
    with _watched((rollouts, scores)) as seen:
        if not rollouts:  # no score can carry what goes wrong here
            seen["reason"] = _empty_problem(bound)
        else:
            found = bound.score_group(rollouts, scores)
            seen["reason"] = next((s.reason for s in found if s.status is Status.ERROR), "")
    values = {str(at): s.value for at, s in enumerate(found) if s.value is not None}
    return _seen(seen, {"length": len(found), **values})


def _empty_problem(bound: BoundReward) -> str:
    try:
        count = len(bound.spec.fn([], [], **bound.params))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"returned {count} values for 0 rollouts" if count else ""


@contextmanager
def _watched(inputs: Any) -> Iterator[dict[str, Any]]:
    seen: dict[str, Any] = {"reason": ""}
    owner, children, before = os.getpid(), _children(), repr(inputs)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as page:
        os.dup2(page.fileno(), 1)
        os.dup2(page.fileno(), 2)
        try:
            yield seen
        finally:
            if os.getpid() != owner:  # a copy made by the plugin must not go on as a second worker
                os._exit(0)
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            os.close(saved[0])
            os.close(saved[1])
            seen["printed"] = float(os.fstat(page.fileno()).st_size)
    seen["children"] = float(len(_children() - children))
    seen["mutated"] = float(repr(inputs) != before)


def _seen(seen: Mapping[str, Any], more: Mapping[str, float] | None = None) -> Score:
    parts = {name: seen[name] for name in ("printed", "children", "mutated")}
    return Score(1.0, parts={**parts, **(more or {})}, reason=seen["reason"])


def _children() -> set[str]:
    """Return the ids of this process's children, dead ones included; empty where /proc is not there."""
    files = Path("/proc/self/task").glob("*/children")
    return {pid for file in files for pid in file.read_text().split()}
