"""What becomes of probed values in training: a column for the reward, a bonus on tokens, a baseline, and figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from reasoners.algorithms.progress import ProgressSection
from reasoners.probes import Cost, Probed
from rewards.progress import cumulative_regret, place_bonus, progress, sum_progress


def credited(
    advantages: Tensor, totals: Tensor, probed: Sequence[Probed], section: ProgressSection, width: int
) -> Tensor:
    """Return the advantages with what `section` makes of the values.

    Args:
        advantages: (samples,) or (samples, tokens), of the algorithm.
        totals: (samples,) rewards of the same samples; NaN where masked, and such a sample gets no gradient.
        probed: values of the same samples.
        section: baseline "termination" replaces the advantages by reward minus J_0 (MRT-RL, A = R - R_termination);
            placement "tokens" adds weight x (J_j - J_(j-1)) to the tokens of episode j.
        width: tokens of the batch.

    Returns:
        (samples,), or (samples, tokens) with a bonus on tokens.
    """
    if section.baseline == "termination":
        start = [p.values[0] if p.values else math.nan for p in probed]
        advantages = (totals - torch.tensor(start, device=totals.device)).nan_to_num(nan=0.0)
    if section.placement == "scalar":
        return advantages
    rows = [place_bonus(progress(p.values), p.ends, width) if p.values else [0.0] * width for p in probed]
    bonus = section.weight * torch.tensor(rows, dtype=torch.float32, device=advantages.device)
    bonus = bonus.masked_fill(totals.isnan().unsqueeze(1), 0.0)
    return (advantages.unsqueeze(1) if advantages.dim() == 1 else advantages) + bonus


def figures(probed: Sequence[Probed], costs: Sequence[Cost]) -> dict[str, float]:
    """Return what a step logs: mean values and regret, and what the probes cost in sum.

    Args:
        probed: the samples of all ranks.
        costs: one of each rank.
    """
    values: list[list[float]] = [p.values for p in probed if p.values]
    known = max(len(values), 1)
    means: dict[str, Any] = {
        "start": sum(v[0] for v in values) / known,
        "end": sum(v[-1] for v in values) / known,
        "gain": sum(map(sum_progress, values)) / known,
        "regret": sum(map(cumulative_regret, values)) / known,
        "episodes": sum(len(p.ends) for p in probed) / max(len(probed), 1),
        "unknown": 1 - len(values) / max(len(probed), 1),
    }
    spent = {name: sum(getattr(c, name) for c in costs) for name in ("terminations", "answers", "tokens")}
    return {f"progress/{name}": float(value) for name, value in (means | spent).items()}
