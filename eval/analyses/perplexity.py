"""How likely one model finds what another one wrote: exp of the mean negative log-probability per token.

    PPL_m(y | x) = exp(-1/T sum_t log P_m(y_t | x, y_<t))        (arXiv 2504.13837, section 4.1)

If the base finds the tuned model's responses as likely as its own likely ones, training sharpened what was there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.errors import EvalError
from eval.sampling import Prompt

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Spread:
    """Quartiles and whiskers of perplexities (10 % and 90 %), as a box plot shows them. `left_out` were empty."""

    count: int
    low: float
    lower: float
    median: float
    upper: float
    high: float
    left_out: int


def perplexities(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Prompt],
    responses: Sequence[str],
    batch_size: int = 8,
    template: Mapping[str, Any] | None = None,
) -> list[float | None]:
    """Return the perplexity of each response under a model, at temperature 1; None for an empty response.

    The end token is not among the tokens. Prompt and response are tokenized apart, as they are when sampled.

    Args:
        model: a causal language model of transformers; its state is left as it was.
        tokenizer: its tokenizer.
        prompts: one per response, text or chat turns.
        responses: the completions, without special tokens.
        batch_size: sequences per forward pass.
        template: further arguments of the chat template, as when the responses were sampled.

    Raises:
        EvalError: lists of different lengths, a sequence longer than the model's positions, a batch size below 1.
    """
    if len(prompts) != len(responses):
        raise EvalError(
            f"one prompt per response is needed; got {len(prompts)} prompts and {len(responses)} responses."
        )
    if batch_size < 1:
        raise EvalError(f"batch_size must be at least 1; got {batch_size}.")
    pairs = [encoded(tokenizer, p, r, template) for p, r in zip(prompts, responses, strict=True)]
    check_positions(model, pairs)
    found: list[float | None] = [None] * len(pairs)
    wanted = sorted(
        (i for i, (_, ids) in enumerate(pairs) if ids), key=lambda i: len(pairs[i][0] + pairs[i][1])
    )
    for start in range(0, len(wanted), batch_size):
        batch = wanted[start : start + batch_size]
        for i, logits, targets in forward(model, [pairs[i] for i in batch]):
            nats = logits.log_softmax(dim=-1).gather(-1, targets[:, None])
            found[batch[i]] = math.exp(-float(nats.double().mean()))
    return found


def encoded(
    tokenizer: Any, prompt: Prompt, response: str, template: Mapping[str, Any] | None = None
) -> tuple[list[int], list[int]]:
    """Return the token ids of prompt and response."""
    from eval.backends.transformers import encode

    ids = tokenizer(response, add_special_tokens=False)["input_ids"] if response else []
    return encode(tokenizer, prompt, template), [int(i) for i in ids]


def check_positions(model: Any, pairs: Sequence[tuple[list[int], list[int]]]) -> None:
    """Raise `EvalError` if a pair is longer than the model's positions."""
    limit = getattr(model.config, "max_position_embeddings", None)
    longest = max((len(a) + len(b) for a, b in pairs), default=0)
    if limit is not None and longest > limit:
        raise EvalError(
            f"a prompt and response of {longest} tokens exceed the model's {limit} positions; leave it out."
        )


def forward(
    model: Any, pairs: Sequence[tuple[list[int], list[int]]]
) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
    """Yield position in `pairs`, logits (T, vocabulary) that predict the response, and its tokens (T,)."""
    import torch

    width = max(len(a) + len(b) for a, b in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, (prompt, response) in enumerate(pairs):
        size = len(prompt) + len(response)
        ids[row, :size], mask[row, :size] = torch.tensor(prompt + response), 1
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    finally:
        model.train(training)
    for row, (prompt, response) in enumerate(pairs):
        first, last = len(prompt), len(prompt) + len(response)
        yield row, logits[row, first - 1 : last - 1].float().cpu(), ids[row, first:last]


def spread(values: Sequence[float | None]) -> Spread:
    """Return quartiles and whiskers. Raises `EvalError` if no value is left."""
    kept = [v for v in values if v is not None]
    if not kept:
        raise EvalError("there is no perplexity to sum up: every response is empty.")
    low, lower, median, upper, high = np.quantile(np.array(kept), [0.1, 0.25, 0.5, 0.75, 0.9]).tolist()
    return Spread(len(kept), low, lower, median, upper, high, len(values) - len(kept))
