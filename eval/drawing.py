"""Drawing tokens by inverting the cumulative distribution at a sample's own uniform number.

That is exact sampling from softmax(logits / temperature) after top-k and top-p. The sums are taken in float64,
block by block: one pass over the vocabulary instead of four, which matters because a small model on a CPU spends
more time here than in its layers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eval.errors import EvalError
from eval.sampling import Sampling

if TYPE_CHECKING:
    import torch

BLOCK, SMALL = 256, 1024
"""Tokens summed at once; vocabularies up to SMALL are summed in one go."""


def draw(logits: torch.Tensor, numbers: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Return one token id per row.

    Args:
        logits: (rows, vocabulary), any float type, at least float32 inside; -inf excludes a token.
        numbers: (rows,), float64 in [0, 1): where the row's cumulative distribution is inverted.
        sampling: temperature, top-k and top-p, applied in this order; temperature 0 takes the largest logit.

    Raises:
        EvalError: a row without a usable distribution (the model has diverged).
    """
    import torch

    if sampling.temperature == 0:
        return logits.argmax(dim=-1)
    wide = logits if logits.dtype == torch.float64 else logits.float()
    # The largest logit becomes 0 before the division: a temperature near 0 must not overflow.
    scores = (wide - wide.amax(dim=-1, keepdim=True)).div_(sampling.temperature)
    weights = _top_p(torch.softmax(_top_k(scores, sampling.top_k), dim=-1), sampling.top_p)
    return _invert(weights, numbers)


def _invert(weights: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Return per row the first token at which the running sum of `weights` passes number x total."""
    import torch

    rows, width = weights.shape
    if width <= SMALL:
        cumulative = weights.cumsum(dim=-1, dtype=torch.float64)
        return torch.searchsorted(cumulative, _target(cumulative, numbers), right=True).squeeze(-1)
    padded = torch.nn.functional.pad(weights, (0, -width % BLOCK)).view(rows, -1, BLOCK)
    reached = padded.sum(dim=-1, dtype=torch.float64).cumsum(dim=-1)
    target = _target(reached, numbers)
    block = torch.searchsorted(reached, target, right=True)
    before = torch.where(block > 0, reached.gather(1, (block - 1).clamp(min=0)), torch.zeros_like(target))
    inside = padded[torch.arange(rows, device=weights.device), block.squeeze(1)].double()
    place = torch.searchsorted(inside.cumsum(dim=-1), target - before, right=True)
    # The two sums may round apart; the last token of the block with any weight is then the one meant.
    last = BLOCK - 1 - (inside > 0).flip(-1).int().argmax(dim=-1, keepdim=True)
    return (block * BLOCK + torch.minimum(place, last)).squeeze(-1)


def _target(cumulative: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Return number x total per row, shape (rows, 1). Raises `EvalError` for a row without a distribution."""
    import torch

    total = cumulative[:, -1:]
    if not bool(torch.isfinite(total).all()):
        raise EvalError(
            "the model gives NaN or infinite logits; it has diverged, or its number format overflows."
        )
    # The product may round up to the total, where no token is left.
    return torch.minimum(numbers[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))


def _top_k(scores: torch.Tensor, k: int) -> torch.Tensor:
    if not 0 < k < scores.shape[-1]:
        return scores
    return scores.masked_fill(scores < scores.topk(k, dim=-1).values[:, -1:], -math.inf)


def _top_p(weights: torch.Tensor, p: float) -> torch.Tensor:
    """Keep the fewest most likely tokens whose probabilities add up to at least `p`."""
    if p >= 1:
        return weights
    ordered, order = weights.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    return weights.scatter(-1, order, ordered.masked_fill(before >= p, 0.0))
