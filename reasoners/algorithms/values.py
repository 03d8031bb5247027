"""How a critic is taught: squared error with clipping, or classification over bins of returns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from reasoners.algorithms.gae import moments, own
from reasoners.algorithms.settings import CriticSection


def value_loss(outputs: Tensor, returns: Tensor, old: Tensor, settings: CriticSection) -> Tensor:
    """Return the loss per token, (batch, tokens).

    Args:
        outputs: (batch, tokens, 1) values, or (batch, tokens, bins) logits.
        returns: (batch, tokens) targets.
        old: (batch, tokens) values at the time of sampling; a clipped value moves at most `clip` from them.
        settings: loss, clip, bins.
    """
    if settings.loss == "hl_gauss":
        targets = hl_gauss(returns, settings)
        return -(targets * outputs.log_softmax(dim=-1)).sum(dim=-1)
    return clipped_squares(outputs.squeeze(-1), returns, old, settings.clip)


def clipped_squares(values: Tensor, returns: Tensor, old: Tensor, clip: float | None) -> Tensor:
    """Return half the larger of the squared errors of the value and of the value clipped around the old one.

    PPO as released (arXiv 2005.12729, section 3): max((V - R)^2, (clip(V, old - c, old + c) - R)^2) / 2.
    """
    squares = (values - returns).square()
    if clip is not None:
        near = old + (values - old).clamp(-clip, clip)
        squares = torch.maximum(squares, (near - returns).square())
    return squares / 2


def bin_edges(settings: CriticSection) -> Tensor:
    """Return (bins + 1,) edges of equal bins over [low, high]."""
    return torch.linspace(settings.low, settings.high, settings.bins + 1)


def bin_centres(settings: CriticSection) -> Tensor:
    """Return (bins,) centres, the values that a distribution over bins is the mean of."""
    edges = bin_edges(settings)
    return (edges[:-1] + edges[1:]) / 2


def hl_gauss(returns: Tensor, settings: CriticSection) -> Tensor:
    """Return (..., bins) targets: a Gaussian around the return, integrated over each bin and normalised.

    HL-Gauss of "Stop Regressing" (arXiv 2403.03950, section 3.1); sigma is in bins, a return outside [low, high] is
    moved to the edge.
    """
    edges = bin_edges(settings).to(returns)
    sigma = settings.sigma * (settings.high - settings.low) / settings.bins
    centred = returns.clamp(settings.low, settings.high).unsqueeze(-1)
    below = torch.special.ndtr((edges - centred) / sigma)
    mass = below.diff(dim=-1)
    targets: Tensor = mass / mass.sum(dim=-1, keepdim=True)
    return targets


def outside(returns: Tensor, settings: CriticSection) -> Tensor:
    """Return where the bins do not cover the return; a hundredth of a bin is rounding."""
    slack = 0.01 * (settings.high - settings.low) / settings.bins
    return (returns < settings.low - slack) | (returns > settings.high + slack)


def explained_variance(
    values: Tensor, returns: Tensor, mask: Tensor, reduce: Callable[[Tensor], Tensor] = own
) -> float:
    """Return 1 - Var(returns - values) / Var(returns) over the mask; NaN where the returns do not vary.

    Args:
        values, returns, mask: (batch, tokens).
        reduce: as in `moments`: the share is then that of all ranks' tokens together.
    """
    _, spread, _ = moments(returns, mask, reduce)
    _, errors, _ = moments(returns - values, mask, reduce)
    return 1.0 - float(errors / spread) if float(spread) > 0 else float("nan")
