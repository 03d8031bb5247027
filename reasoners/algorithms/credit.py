"""From the totals of a generation batch to advantages, by the estimator that the algorithm names."""

from __future__ import annotations

from torch import Tensor

from reasoners.algorithms import advantages
from reasoners.algorithms.presets import Credit


def outcome_advantages(
    credit: Credit,
    totals: Tensor,
    lengths: Tensor,
    group: int,
    *,
    greedy: Tensor | None = None,
    std_floor: float = 0.0,
    scale: bool = True,
) -> Tensor:
    """Return one advantage per completion, over all ranks.

    Args:
        credit: the estimator; all but "critic", which works on tokens.
        totals: (samples,), groups side by side; NaN where masked.
        lengths: (samples,), tokens that the policy wrote.
        group: samples per prompt.
        greedy: (samples / group,), for credit="greedy": rewards of the greedy completions.
        std_floor: for "group_mean", see `advantages.group_mean`.
        scale: for "group_mean": whether to divide by the standard deviation.
    """
    rewards, tokens = totals.view(-1, group), lengths.view(-1, group)
    if credit == "greedy":
        assert greedy is not None, "credit 'greedy' needs the greedy completions' rewards"
        return advantages.greedy_baseline(rewards, greedy).flatten()
    if credit == "group_mean":
        return advantages.group_mean(rewards, scale=scale, std_floor=std_floor).flatten()
    if credit == "leave_one_out":
        return advantages.leave_one_out(rewards).flatten()
    if credit == "length_weighted":
        return advantages.length_weighted(rewards, tokens).flatten()
    if credit == "best":
        return advantages.best_credit(rewards).flatten()
    return advantages.batch_normalised(rewards, tokens, baseline=credit == "batch_baseline").flatten()
