"""The policy under training as `reasoners.probes` asks it: continuations and log-probabilities of token lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from reasoners.trainer import RLVRTrainer

Ids = list[int]


class TrainerPolicy:
    """A `Policy` through the trainer's own generation, on whichever back-end it uses."""

    def __init__(self, trainer: RLVRTrainer, tokenizer: Any) -> None:
        self.trainer, self.tokenizer = trainer, tokenizer
        args = trainer.args
        self.chunk = args.per_device_train_batch_size * args.steps_per_generation

    def encode(self, text: str) -> Ids:
        """Return a text's tokens, without special ones added."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def decode(self, ids: Ids) -> str:
        """Return tokens as text, special ones left out."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def answer(self, prompts: Sequence[Ids], max_tokens: int, temperature: float) -> list[Ids]:
        """Return one sampled continuation of each prompt, a generation batch at a time."""
        found: list[Ids] = []
        for at in range(0, len(prompts), self.chunk):
            found += self.trainer.continuations(list(prompts[at : at + self.chunk]), max_tokens, temperature)
        return found

    def log_probability(self, prompts: Sequence[Ids], texts: Sequence[Ids]) -> list[float]:
        """Return the summed log-probability of each text after its prompt, at the training temperature."""
        found: list[float] = []
        for at in range(0, len(prompts), self.chunk):
            rows = list(zip(prompts[at : at + self.chunk], texts[at : at + self.chunk], strict=True))
            ids, mask, kept = side_by_side(rows, self.tokenizer.pad_token_id)
            found += (
                self.trainer.log_probabilities(ids, mask, kept.shape[1])
                .masked_fill(~kept, 0.0)
                .sum(1)
                .tolist()
            )
        return found


def side_by_side(rows: Sequence[tuple[Ids, Ids]], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids and attention mask (rows, tokens), prompts padded left and texts right, and the texts' mask."""
    left, right = max(len(p) for p, _ in rows), max(1, *(len(t) for _, t in rows))
    ids = [[pad] * (left - len(p)) + p + t + [pad] * (right - len(t)) for p, t in rows]
    mask = [[0] * (left - len(p)) + [1] * (len(p) + len(t)) + [0] * (right - len(t)) for p, t in rows]
    whole = torch.tensor(mask)
    return torch.tensor(ids), whole, whole[:, left:].bool()
