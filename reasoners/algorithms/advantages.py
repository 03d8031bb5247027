"""Advantages of whole completions from the rewards of their groups. Pure functions, no model, no trainer.

Everywhere `rewards` has the shape (groups, samples): one row per prompt, NaN where a sample is masked (its verifier
failed, or its reference is unusable). A masked sample enters no mean, no standard deviation and no baseline, and its
advantage is 0. The result has the shape and the dtype of `rewards`. A group with nothing to compare gives zeros.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-4
"""Added to a standard deviation before dividing by it, as TRL does; other code bases use 1e-6."""


def group_mean(
    rewards: Tensor, *, scale: bool = True, epsilon: float = EPSILON, std_floor: float = 0.0
) -> Tensor:
    """Return reward minus group mean, by default over the group's standard deviation.

    GRPO (DeepSeekMath, arXiv 2402.03300, section 4.1.2) scales; Dr. GRPO (arXiv 2503.20783) does not: it shows that
    the scale favours prompts that are nearly all right or all wrong.

    Args:
        rewards: (groups, samples).
        scale: divide by the standard deviation (n - 1 in the denominator) plus `epsilon`.
        epsilon: see `EPSILON`.
        std_floor: the least standard deviation to divide by. Rewards that differ by a hair, as partial credit
            does, would otherwise give advantages as large as right against wrong.
    """
    present, count = _present(rewards)
    centred = (rewards - _mean(rewards, present, count)).masked_fill(~present, 0.0)
    if not scale:
        return _where_compared(centred, count)
    return _where_compared(centred / (_std(centred, count).clamp(min=std_floor) + epsilon), count)


def leave_one_out(rewards: Tensor) -> Tensor:
    """Return reward minus the mean of the group's other samples: n / (n - 1) (r - mean).

    RLOO (arXiv 2402.14740, equation 8 and its text) and LOOP (arXiv 2502.01600), which keeps it without a scale.
    """
    present, count = _present(rewards)
    centred = (rewards - _mean(rewards, present, count)).masked_fill(~present, 0.0)
    return _where_compared(centred * (count / (count - 1).clamp(min=1)), count)


def greedy_baseline(rewards: Tensor, greedy: Tensor) -> Tensor:
    """Return reward minus the reward of the prompt's greedy completion; a group of one is enough.

    ReMax (arXiv 2310.10505, equation 4). Where the greedy completion is masked, so is the whole group.

    Args:
        rewards: (groups, samples).
        greedy: (groups,), NaN where masked.
    """
    return (rewards - greedy.unsqueeze(1)).nan_to_num(nan=0.0)


def batch_normalised(
    rewards: Tensor, lengths: Tensor | None = None, *, baseline: bool = False, epsilon: float = 1e-8
) -> Tensor:
    """Return rewards, shifted and scaled to mean 0 and standard deviation 1 over the whole batch.

    REINFORCE++ (arXiv 2501.03262, section 3): with gamma 1 and the reward at the end, every token of a completion
    carries the same return, so normalising over all tokens of the batch weighs a completion by its length.

    Args:
        rewards: (groups, samples).
        lengths: (groups, samples) tokens that carry the return; None weighs completions equally.
        baseline: subtract the group's mean first (the variant "REINFORCE++-baseline").
        epsilon: added to the variance before its root.
    """
    present, _ = _present(rewards)
    base = group_mean(rewards, scale=False) if baseline else rewards.nan_to_num(nan=0.0)
    weights = present.to(rewards.dtype) if lengths is None else lengths.to(rewards.dtype) * present
    total = weights.sum()
    centred = base - (weights * base).sum() / total.clamp(min=1)
    variance = (weights * centred.square()).sum() / (total - 1).clamp(min=1)
    return (centred / (variance + epsilon).sqrt()).masked_fill(~present, 0.0)


def length_weighted(rewards: Tensor, lengths: Tensor) -> Tensor:
    """Return reward minus the group's length-weighted mean reward, sum(length r) / sum(length).

    OPO (arXiv 2505.23585, section 3): the baseline of least variance where the squared norm of a completion's
    gradient grows with its length.

    Args:
        rewards: (groups, samples).
        lengths: (groups, samples) tokens; completions without tokens weigh nothing.
    """
    present, count = _present(rewards)
    weights = lengths.to(rewards.dtype) * present
    weighted = (weights * rewards.nan_to_num(nan=0.0)).sum(dim=1, keepdim=True)
    baseline = weighted / weights.sum(dim=1, keepdim=True).clamp(min=1e-12)
    return _where_compared((rewards - baseline).masked_fill(~present, 0.0), count)


def best_credit(rewards: Tensor, *, scale: bool = False, epsilon: float = EPSILON) -> Tensor:
    """Return best minus second best for the group's best sample, 0 for all others; a tie at the top pays nothing.

    The credit for pass@k with k the size of the group (arXiv 2503.19595): only the sample that lifts the group's
    maximum is reinforced.

    Args:
        rewards: (groups, samples).
        scale: divide by the group's standard deviation plus `epsilon`.
        epsilon: see `EPSILON`.
    """
    present, count = _present(rewards)
    known = rewards.masked_fill(~present, -torch.inf)
    if rewards.shape[1] < 2:
        return torch.zeros_like(rewards)
    top = known.topk(2, dim=1)
    lead = (top.values[:, :1] - top.values[:, 1:]).masked_fill(count < 2, 0.0)
    if scale:
        centred = (rewards - _mean(rewards, present, count)).masked_fill(~present, 0.0)
        lead = lead / (_std(centred, count) + epsilon)
    return torch.zeros_like(rewards).scatter(1, top.indices[:, :1], lead)


def _present(rewards: Tensor) -> tuple[Tensor, Tensor]:
    """Return which samples count, and (groups, 1) how many do."""
    present = ~rewards.isnan()
    return present, present.sum(dim=1, keepdim=True).to(rewards.dtype)


def _mean(rewards: Tensor, present: Tensor, count: Tensor) -> Tensor:
    return rewards.masked_fill(~present, 0.0).sum(dim=1, keepdim=True) / count.clamp(min=1)


def _std(centred: Tensor, count: Tensor) -> Tensor:
    """Return (groups, 1) standard deviations with n - 1, of rewards less their mean, zero where masked."""
    return (centred.square().sum(dim=1, keepdim=True) / (count - 1).clamp(min=1)).sqrt()


def _where_compared(advantages: Tensor, count: Tensor) -> Tensor:
    """Return zeros for groups of fewer than two known samples: there is nothing to compare."""
    return advantages.masked_fill(count < 2, 0.0)
