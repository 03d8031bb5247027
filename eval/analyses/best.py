"""best-of-k of an audit: what a scorer makes of its stored samples, between a random choice and a perfect one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.analyses.figures import Column, Sheet
from eval.analyses.stored import Stored, judged_samples
from eval.best_of import best_of_k
from eval.counts import Count
from eval.errors import EvalError
from eval.passk import pass_at_k
from eval.summary import check_ks, columns
from rewards.errors import unknown_name
from rewards.files import read_jsonl

Key = tuple[str, int]
LENGTHS = {"shortest": -1.0, "longest": 1.0}
_KEYS = ("problem_id", "sample_index", "score")


def best_sheet(
    folder: Path,
    counts: Sequence[Count],
    scores: Mapping[Key, float | None],
    ks: Sequence[int] | None = None,
) -> Sheet:
    """Return pass@1 (a random choice), best@k (the scorer's choice) and pass@k (a perfect choice).

    Args:
        folder: of the audit.
        counts: of the audit.
        scores: (problem id, sample index) -> score; a sample whose score is None or not finite is left out, of
            every figure.
        ks: draws; default: powers of two up to the smallest n, and that n.

    Raises:
        EvalError: a sample without an entry, a problem without a score, a k above some n.
        RecordError: the audit keeps no samples.
    """
    kept: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    left_out = 0
    for x in judged_samples(folder, counts):
        if (x.problem_id, x.index) not in scores:
            raise EvalError(f"sample {x.index} of problem `{x.problem_id}` of {folder} has no score.")
        score = scores[x.problem_id, x.index]
        if score is None or not math.isfinite(score):
            left_out += 1
        else:
            kept[x.problem_id].append((score, x.correct))
    without = next((x.problem_id for x in counts if x.problem_id not in kept), None)
    if without is not None:
        raise EvalError(f"the scorer has no score for any sample of problem `{without}` of {folder}.")
    found = [
        Count(x.problem_id, len(of := kept[x.problem_id]), sum(right for _, right in of), x.cluster)
        for x in counts
    ]
    notes = [f"{left_out} samples without a score are left out of every figure."] if left_out else []
    return Sheet(found, _columns(found, kept, check_ks(found, ks)), notes)


def _columns(
    counts: Sequence[Count], kept: Mapping[str, Sequence[tuple[float, bool]]], ks: Sequence[int]
) -> list[Column]:
    n, c = columns(counts)
    pairs = [np.array(kept[x.problem_id], dtype=np.float64) for x in counts]
    best = np.stack([best_of_k(of[:, 0], of[:, 1], ks) for of in pairs])
    return [
        Column("pass@1", 1, pass_at_k(n, c, 1)),
        *(Column(f"best@{k}", k, best[:, i]) for i, k in enumerate(ks) if k > 1),
        *(Column(f"pass@{k}", k, pass_at_k(n, c, k)) for k in ks if k > 1),
    ]


def length_scores(samples: Sequence[Stored], scorer: str) -> dict[Key, float | None]:
    """Score by length, `shortest` or `longest`: in tokens, or in characters if any sample's tokens are not known."""
    sign, counted = LENGTHS[scorer], all(x.tokens is not None for x in samples)
    sizes = [float(x.tokens or 0) if counted else float(len(x.text)) for x in samples]
    return {(x.problem_id, x.index): sign * size for x, size in zip(samples, sizes, strict=True)}


def stored_scores(samples: Sequence[Stored], label: str) -> dict[Key, float | None]:
    """Score by what a reward of the audit said. Raises `EvalError`: no reward of this label."""
    known = {name for x in samples for name in x.scores}
    if label not in known:
        raise EvalError(unknown_name("score", label, known))
    return {(x.problem_id, x.index): x.scores.get(label) for x in samples}


def file_scores(path: Path) -> dict[Key, float | None]:
    """Read lines of problem_id, sample_index and score, as a reward model would leave them.

    Raises:
        EvalError: naming the line: a key missing, a score that is neither a number nor null, a sample given twice.
    """
    found: dict[Key, float | None] = {}
    for number, row in read_jsonl(path, EvalError):
        where = f"{path}, line {number}"
        if not isinstance(row, dict) or any(key not in row for key in _KEYS):
            raise EvalError(f"{where}: a row needs {', '.join(_KEYS)}.")
        problem, index, score = (row[key] for key in _KEYS)
        if isinstance(index, bool) or not isinstance(index, int):
            raise EvalError(f"{where}: sample_index must be a whole number; got {index!r}.")
        if isinstance(score, bool) or not isinstance(score, int | float | None):
            raise EvalError(f"{where}: the score must be a number or null; got {score!r}.")
        if (str(problem), index) in found:
            raise EvalError(f"{where}: sample {index} of problem `{problem}` is given twice.")
        found[str(problem), index] = None if score is None else float(score)
    return found
