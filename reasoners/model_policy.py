"""A saved model as `reasoners.probes` asks it, and samples of it: for questions after training.

In training `reasoners.policy` asks the trainer's own engine instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.backends.decode import Row, decode
from eval.sampling import Sampling, uniforms

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Ids = list[int]


class ModelPolicy:
    """A `Policy` through the audits' decoding loop.

    Args:
        model: a causal language model with a cache of keys and values.
        tokenizer: its tokenizer, with an end token.
        seed: of the samples. Each has its own random numbers, by its place in the list asked for.
        batch_size: samples made at once.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        seed: int = 0,
        batch_size: int = 256,
    ) -> None:
        self.model, self.tokenizer, self.seed, self.batch_size = model.eval(), tokenizer, seed, batch_size

    def encode(self, text: str) -> Ids:
        """Return a text's tokens, without special ones added."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def decode(self, ids: Ids) -> str:
        """Return tokens as text, special ones left out."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def answer(self, prompts: Sequence[Ids], max_tokens: int, temperature: float) -> list[Ids]:
        """Return one continuation of each prompt, sampled, or greedy at temperature 0; the end token included."""
        sampling = Sampling(temperature=temperature, max_new_tokens=max_tokens, seed=self.seed)
        rows = [
            Row(tuple(ids), uniforms(sampling, "policy", place) if temperature else [0.0] * max_tokens)
            for place, ids in enumerate(prompts)
        ]
        # Prompts of one length need no padding, and those that end early end together.
        order = sorted(range(len(rows)), key=lambda i: len(rows[i].prompt))
        for at in range(0, len(order), self.batch_size):
            batch = [rows[i] for i in order[at : at + self.batch_size]]
            decode(self.model, batch, sampling, [int(self.tokenizer.eos_token_id)])
        return [row.tokens for row in rows]

    def log_probability(self, prompts: Sequence[Ids], texts: Sequence[Ids]) -> list[float]:
        """Return the summed log-probability of each text after its prompt."""
        import torch

        from reasoners.policy import side_by_side

        found: list[float] = []
        pad = self.tokenizer.pad_token_id
        for at in range(0, len(prompts), self.batch_size):
            chosen = slice(at, at + self.batch_size)
            ids, mask, kept = side_by_side(list(zip(prompts[chosen], texts[chosen], strict=True)), pad)
            with torch.inference_mode():
                positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
                logits = self.model(
                    input_ids=ids.to(self.model.device),
                    attention_mask=mask.to(self.model.device),
                    position_ids=positions.to(self.model.device),
                    logits_to_keep=kept.shape[1] + 1,
                ).logits.float()
            each = torch.log_softmax(logits[:, :-1], dim=-1).cpu()
            last = ids[:, -kept.shape[1] :, None]
            found += each.gather(2, last).squeeze(2).masked_fill(~kept, 0.0).sum(1).tolist()
        return found
