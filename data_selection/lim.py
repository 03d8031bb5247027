"""LIM, the learning impact measurement: keep the prompts whose reward curve follows the run's mean curve.

    s_i = 1 - sum_k (r_ik - m_k)^2 / sum_k (1 - m_k)^2,     m_k = mean of r_ik over the prompts i

where r_ik is the reward of prompt i in epoch k and 1 is the best reward. From "LIMR: Less is More for RL
Scaling", arXiv 2502.11886. A row equal to the mean curve scores 1 and an always-solved row exactly 0; a
never-solved row may score far below 0. An affine change of the rewards that keeps 1 changes no score.

Where the paper and its released code differ, the code is followed: a prompt is kept at `score >= threshold`
(the paper writes >), and an epoch in which a prompt was not sampled takes the value of the next epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Missing = Literal["next", "nearest", "drop"]
Real = npt.NDArray[np.float64]
ROUNDING = 1e-12
"""A score this far below the threshold is on it: sums in floating point are not exact."""


@dataclass(frozen=True)
class LimSelection:
    """What LIM chose.

    Attributes:
        scores: id -> score, in the order given; dropped prompts are not in it.
        selected: the ids kept, in the order given.
        dropped: the ids that could not be scored because epochs are missing.
        threshold: the threshold used.
        mean_curve: mean reward per epoch over the scored prompts.
    """

    scores: Mapping[str, float]
    selected: tuple[str, ...]
    dropped: tuple[str, ...]
    threshold: float
    mean_curve: tuple[float, ...]


def lim_scores(
    rewards: npt.ArrayLike | Sequence[Sequence[float | None]],
    *,
    missing: Missing = "next",
    missing_value: float | None = None,
) -> Real:
    """Return the LIM score of every row.

    Args:
        rewards: shape (prompts, epochs); NaN or None where a prompt was not sampled. 1 is the best reward.
        missing: what stands in for such an epoch, see `fill_missing`.
        missing_value: a number that also means "not sampled", for example -1 in LIMR's own files.

    Returns:
        Shape (prompts,). NaN for a row that keeps a missing epoch; such rows are not in the mean curve.

    Raises:
        ValueError: no table of numbers, infinite rewards, no whole row, every prompt always solved.
    """
    return _scored(fill_missing(rewards, missing, missing_value))[0]


def fill_missing(
    rewards: npt.ArrayLike | Sequence[Sequence[float | None]],
    missing: Missing = "next",
    missing_value: float | None = None,
) -> Real:
    """Return the table with missing epochs filled where the policy allows; the others stay NaN.

    next: the value of the very next epoch, as LIMR's code does; a gap of two or a gap at the end stays.
    nearest: the next epoch that has a value, else the last one before. drop: nothing is filled.
    """
    table = _table(rewards)
    if missing_value is not None:
        table[table == missing_value] = np.nan
    if missing == "nearest":
        return _carried(_carried(table[:, ::-1])[:, ::-1])
    if missing == "next":
        following = np.full_like(table, np.nan)
        following[:, :-1] = table[:, 1:]
        return np.where(np.isnan(table), following, table)
    if missing != "drop":
        raise ValueError(f"missing is {missing!r}; it must be next, nearest or drop.")
    return table


def select_lim(
    trajectories: Mapping[str, Sequence[float | None]],
    threshold: float = 0.6,
    *,
    top: int | None = None,
    missing: Missing = "next",
    missing_value: float | None = None,
) -> LimSelection:
    """Keep the prompts whose score is at least `threshold`.

    Args:
        trajectories: id -> reward per epoch; shorter rows lack their last epochs.
        threshold: the least score kept. On LIMR's scores 0.6 keeps 1,389 of 7,935.
        top: keep at most this many, best scores first; ties go to the earlier prompt.
        missing: see `fill_missing`.
        missing_value: see `lim_scores`.

    Raises:
        ValueError: as `lim_scores`.
    """
    if top is not None and top < 1:
        raise ValueError(f"top is {top}; it must be at least 1.")
    ids = list(trajectories)
    width = max((len(row) for row in trajectories.values()), default=0)
    padded = [[*row, *[None] * (width - len(row))] for row in trajectories.values()]
    scores, curve = _scored(fill_missing(padded, missing, missing_value))
    kept = np.flatnonzero(scores >= threshold - ROUNDING)
    if top is not None:
        best = np.argsort(-scores[kept], kind="stable")[:top]
        kept = np.sort(kept[best])
    known = ~np.isnan(scores)
    return LimSelection(
        scores={i: float(s) for i, s, ok in zip(ids, scores, known, strict=True) if ok},
        selected=tuple(ids[i] for i in kept),
        dropped=tuple(i for i, ok in zip(ids, known, strict=True) if not ok),
        threshold=threshold,
        mean_curve=tuple(curve.tolist()),
    )


def _table(rewards: npt.ArrayLike | Sequence[Sequence[float | None]]) -> Real:
    try:
        table = np.array(rewards, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"rewards must be a table of numbers, one row per prompt: {error}.") from error
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(
            f"rewards must have the shape (prompts, epochs), both at least 1; got {table.shape}."
        )
    if np.isinf(table).any():
        raise ValueError("rewards must be finite; NaN or None marks an epoch without a sample.")
    return table


def _carried(table: Real) -> Real:
    """Fill each NaN with the last value on its left."""
    columns = np.where(np.isnan(table), 0, np.arange(table.shape[1]))
    last = np.maximum.accumulate(columns, axis=1)
    return np.take_along_axis(table, last, axis=1)


def _scored(table: Real) -> tuple[Real, Real]:
    whole = ~np.isnan(table).any(axis=1)
    if not whole.any():
        raise ValueError("no prompt has a reward in every epoch; LIM cannot score this run.")
    curve: Real = table[whole].mean(axis=0)
    room = float(((1.0 - curve) ** 2).sum())
    if room == 0.0:
        raise ValueError("every prompt has the reward 1 in every epoch; the LIM score is 0/0.")
    scores: Real = 1.0 - ((table - curve) ** 2).sum(axis=1) / room
    return scores, curve
