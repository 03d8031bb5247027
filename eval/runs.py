"""Scores of several models, seeds and tasks, read from JSON Lines, and what a study says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval.errors import EvalError
from eval.passk import Floats
from eval.sequential import sequential_test
from eval.studies import AGGREGATES, TARGET, aggregate, performance_profile, probability_of_improvement
from rewards.files import read_jsonl

_KEYS = ("model", "task", "seed", "score")
_LEVELS = [i / 20 for i in range(21)]


def read_scores(path: Path | str) -> dict[str, Floats]:
    """Read lines of model, task, seed and score: model -> array of shape (seeds, tasks), in order of seeds.

    Raises:
        EvalError: naming the line or the run: not JSON, a key missing, a score that is no number, a run given
            twice or missing. Every model needs every task with as many seeds.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for number, row in read_jsonl(Path(path), EvalError):
        where = f"{path}, line {number}"
        if not isinstance(row, dict) or any(key not in row for key in _KEYS):
            raise EvalError(f"{where}: a row needs {', '.join(_KEYS)}.")
        score = row["score"]
        if isinstance(score, bool) or not isinstance(score, int | float) or not np.isfinite(score):
            raise EvalError(f"{where}: the score must be a finite number; got {score!r}.")
        model, task, seed = (str(row[key]) for key in _KEYS[:3])
        seeds = found.setdefault(model, {}).setdefault(task, {})
        if seed in seeds:
            raise EvalError(f"{where}: model `{model}`, task `{task}`, seed `{seed}` is given twice.")
        seeds[seed] = float(score)
    if not found:
        raise EvalError(f"{path} holds no scores; expected lines of {', '.join(_KEYS)}.")
    tasks = sorted({task for each in found.values() for task in each})
    return {model: _table(model, each, tasks) for model, each in found.items()}


def _table(model: str, found: dict[str, dict[str, float]], tasks: list[str]) -> Floats:
    seeds = list(next(iter(found.values())))
    for task in tasks:
        if set(found.get(task, ())) != set(seeds):
            raise EvalError(
                f"model `{model}` has {len(found.get(task, ()))} seeds on task `{task}` and {len(seeds)} on "
                f"`{next(iter(found))}`; it needs the same seeds on every task that any model was run on."
            )
    return np.array([[found[task][seed] for task in tasks] for seed in seeds])


def study_report(scores: dict[str, Floats], confidence: float = 0.95, seed: int = 0) -> dict[str, Any]:
    """Return plain data: aggregates and profile per model, each against the first, and notes on scores above 1."""
    names = list(scores)
    models = {
        name: {
            "seeds": len(x),
            "tasks": x.shape[1],
            **{key: asdict(aggregate(x, s, confidence, seed=seed)) for key, s in AGGREGATES.items()},
            "profile": {"score": _LEVELS, "share_above": performance_profile(x, _LEVELS).tolist()},
        }
        for name, x in scores.items()
    }
    against = {
        name: asdict(probability_of_improvement(scores[name], scores[names[0]], confidence, seed=seed))
        for name in names[1:]
    }
    return {
        "confidence": confidence,
        "target": TARGET,
        "baseline": names[0],
        "models": models,
        "probability_of_improvement": against,
        "notes": _above_target(scores),
    }


def _above_target(scores: dict[str, Floats]) -> list[str]:
    """Return a sentence if scores exceed 1, the target of the optimality gap and the last level of the profile."""
    above, largest = sum(int((x > 1).sum()) for x in scores.values()), max(x.max() for x in scores.values())
    if not above:
        return []
    return [
        f"{above} of {sum(x.size for x in scores.values())} scores are above 1 (up to {largest:g}). The optimality gap "
        "takes scores where 1 is the target (Agarwal et al. 2021): these count as reaching it, and the profile ends at "
        "1. Divide percent by 100."
    ]


def sequential_report(
    scores: dict[str, Floats], batch: int, most: int, alpha: float = 0.05
) -> dict[str, Any]:
    """Return what the group-sequential test says after all whole batches of seeds; a score is the mean over tasks.

    Raises:
        EvalError: as `sequential_test`; fewer seeds than one batch.
    """
    seeds = min(len(x) for x in scores.values())
    if batch < 1 or seeds < batch:
        raise EvalError(
            f"a batch of {batch} seeds needs as many seeds of every model; the fewest are {seeds}."
        )
    means = {name: x.mean(axis=1) for name, x in scores.items()}
    batches: Sequence[dict[str, list[float]]] = [
        {name: x[start : start + batch].tolist() for name, x in means.items()}
        for start in range(0, seeds - batch + 1, batch)
    ]
    found = sequential_test(batches[:most], most, alpha)
    return {
        "alpha": alpha,
        "looks": found.looks,
        "most": found.most,
        "different": [{"models": list(duel), "look": look} for duel, look in found.different.items()],
        "open": [list(duel) for duel in found.open],
        "stop": found.stop,
        "said": found.sentence(),
    }
