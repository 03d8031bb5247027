"""The decoding loop of the transformers engine: a prompt is read once for all its samples, ended rows are dropped.

Transformers' own sampling shares one random stream among the batch, reads a prompt again for each of its samples,
decodes until the longest row ends, and adopts penalties from the model's generation config. The first and the last
make audits hard to compare, the others cost time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eval.drawing import draw
from eval.sampling import Sampling

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

DROP_BELOW = 0.75
"""Share of rows still running below which the ended ones are dropped: dropping copies the cache."""


@dataclass
class Row:
    """One sample while it is made: the prompt's token ids, its own uniform numbers, and what was drawn."""

    prompt: tuple[int, ...]
    numbers: Sequence[float]
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    ended: bool = False


@dataclass
class _State:
    """What the next step needs, one entry per row of the batch."""

    rows: list[Row]
    logits: torch.Tensor
    cache: Any
    mask: torch.Tensor
    positions: torch.Tensor


def decode(
    model: PreTrainedModel,
    rows: Sequence[Row],
    sampling: Sampling,
    ends: Sequence[int],
    *,
    details: bool = False,
) -> None:
    """Fill `tokens` of each row, up to an end token or the cap, and `logprobs` if `details`. The rows are one batch."""
    import torch

    with torch.inference_mode():
        state = _prefill(model, rows, ends[0])
        for step in range(sampling.max_new_tokens):
            numbers = [row.numbers[step] for row in state.rows]
            on_device = torch.tensor(numbers, dtype=torch.float64, device=state.logits.device)
            chosen = draw(state.logits, on_device, sampling)
            _note(state, chosen, ends, details)
            if all(row.ended for row in state.rows) or step + 1 == sampling.max_new_tokens:
                return
            _step(model, state, _drop_ended(state, chosen))


def reads_prompts_once(model: PreTrainedModel) -> bool:
    """Whether the loop can serve the model: its cache is one of keys and values whose rows can be copied."""
    import inspect

    base = getattr(model, "get_base_model", lambda: model)()
    names = inspect.signature(base.forward).parameters
    stateful = bool(getattr(base, "_is_stateful", False))
    return not stateful and {"position_ids", "past_key_values", "logits_to_keep"} <= set(names)


def _prefill(model: PreTrainedModel, rows: Sequence[Row], pad: int) -> _State:
    import torch

    prompts = list(dict.fromkeys(row.prompt for row in rows))
    width = max(map(len, prompts))
    ids = torch.tensor([[pad] * (width - len(p)) + list(p) for p in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    output = model(
        input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1
    )
    place = {prompt: i for i, prompt in enumerate(prompts)}
    owner = torch.tensor([place[row.prompt] for row in rows], device=model.device)
    output.past_key_values.batch_select_indices(owner)
    next_positions = positions[:, -1:] + 1
    return _State(
        list(rows), output.logits[:, -1][owner], output.past_key_values, mask[owner], next_positions[owner]
    )


def _note(state: _State, chosen: torch.Tensor, ends: Sequence[int], details: bool) -> None:
    """Add the drawn tokens to the rows that have not ended."""
    import torch

    known = torch.zeros(len(state.rows))
    if details:
        known = torch.log_softmax(state.logits.float(), dim=-1).gather(1, chosen[:, None]).squeeze(1)
    for row, token, logprob in zip(state.rows, chosen.tolist(), known.tolist(), strict=True):
        if row.ended:
            continue
        row.tokens.append(token)
        row.ended = token in ends
        if details:
            row.logprobs.append(logprob)


def _drop_ended(state: _State, chosen: torch.Tensor) -> torch.Tensor:
    """Drop the ended rows where there are many; return the drawn tokens of those that stay."""
    import torch

    going = [i for i, row in enumerate(state.rows) if not row.ended]
    if len(going) >= DROP_BELOW * len(state.rows):
        return chosen
    keep = torch.tensor(going, device=chosen.device)
    state.cache.batch_select_indices(keep)
    state.rows = [state.rows[i] for i in going]
    state.mask, state.positions = state.mask[keep], state.positions[keep]
    return chosen[keep]


def _step(model: PreTrainedModel, state: _State, chosen: torch.Tensor) -> None:
    import torch

    state.mask = torch.cat([state.mask, state.mask.new_ones(len(state.rows), 1)], dim=1)
    output = model(
        input_ids=chosen[:, None],
        attention_mask=state.mask,
        position_ids=state.positions,
        past_key_values=state.cache,
        use_cache=True,
    )
    state.logits, state.positions = output.logits[:, -1], state.positions + 1
