"""Progress of a line of thought towards the answer: Meta Reinforcement Fine-Tuning (MRT)."""

from rewards.progress.formulas import (
    cumulative_regret,
    curve_area,
    normalised_regret,
    progress,
    sum_progress,
    total_reward,
)
from rewards.progress.placement import place_bonus
from rewards.progress.segments import MARKERS, episode_spans, segment

__all__ = [
    "MARKERS",
    "cumulative_regret",
    "curve_area",
    "episode_spans",
    "normalised_regret",
    "place_bonus",
    "progress",
    "segment",
    "sum_progress",
    "total_reward",
]
