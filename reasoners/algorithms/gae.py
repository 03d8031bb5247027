"""Generalised advantage estimation over the tokens that the policy wrote."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def gae(
    rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float = 1.0, lam: float = 0.95
) -> tuple[Tensor, Tensor]:
    """Return advantages and returns per token (GAE, arXiv 1506.02438, equations 11 and 16).

    delta_t = r_t + gamma V_next - V_t and A_t = delta_t + gamma lam A_next, where "next" is the next token of the
    policy: tokens of tools and of padding are stepped over, so that time does not pass while a tool speaks.

    Args:
        rewards: (batch, tokens), the reward that each token received; an outcome reward sits on the last one.
        values: (batch, tokens), the critic's estimate before each token.
        mask: (batch, tokens), 1 where the policy wrote the token.
        gamma: the discount per token of the policy.
        lam: 0 is one-step TD, 1 is return minus value.

    Returns:
        Two (batch, tokens) tensors, advantages and returns = advantages + values; zero where the mask is.
    """
    kept = mask.bool()
    advantages = values.new_zeros(values.shape)
    following = values.new_zeros(values.shape[0])
    running = values.new_zeros(values.shape[0])
    for t in reversed(range(values.shape[1])):
        here = kept[:, t]
        delta = rewards[:, t] + gamma * following - values[:, t]
        step = delta + gamma * lam * running
        running = step.where(here, running)
        following = values[:, t].where(here, following)
        advantages[:, t] = step.where(here, step.new_zeros(()))
    return advantages, (advantages + values).where(kept, values.new_zeros(()))


def place_outcome(outcome: Tensor, mask: Tensor) -> Tensor:
    """Return (batch, tokens) rewards with each outcome on the last token that the policy wrote.

    Args:
        outcome: (batch,). A row without any token of the policy keeps none of it.
        mask: (batch, tokens), 1 where the policy wrote the token.
    """
    kept = mask.bool()
    later = kept.flip(1).cumsum(dim=1).flip(1)  # tokens of the policy from here on
    last = kept & (later == 1)
    return outcome.unsqueeze(1) * last


def own(local: Tensor) -> Tensor:
    """Return the sums of the only rank: its own."""
    return local


def moments(
    values: Tensor, mask: Tensor, reduce: Callable[[Tensor], Tensor] = own
) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and variance (over n - 1) of the mask's values, and how many these are, each of shape ().

    Args:
        values: (batch, tokens), finite.
        mask: (batch, tokens).
        reduce: sums a small tensor over the ranks, so that all of them use one mean and one variance.
    """
    kept = mask.to(values.dtype)
    total, count = reduce(torch.stack([(values * kept).sum(), kept.sum()]))
    mean = total / count.clamp(min=1)
    (squares,) = reduce(((values - mean).square() * kept).sum().reshape(1))
    return mean, squares / (count - 1).clamp(min=1), count


def whiten(
    values: Tensor, mask: Tensor, *, epsilon: float = 1e-8, reduce: Callable[[Tensor], Tensor] = own
) -> Tensor:
    """Return values shifted and scaled to mean 0 and variance 1 over the mask; zero elsewhere.

    Args:
        values: (batch, tokens).
        mask: (batch, tokens).
        epsilon: added to the variance before its root.
        reduce: as in `moments`.
    """
    mean, variance, _ = moments(values, mask, reduce)
    whitened: Tensor = (values - mean) * (variance + epsilon).rsqrt() * mask.to(values.dtype)
    return whitened
