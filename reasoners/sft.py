"""TRL's SFTTrainer with a KL prior towards a frozen model."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from trl import SFTTrainer


class PriorSFTTrainer(SFTTrainer):  # type: ignore[misc]
    """Cross-entropy plus `kl` times KL(policy || prior), per token of the completions (SuperHF, arXiv 2310.16763).

    Args:
        prior: the frozen model; a model with adapters stands for its own base; None with kl = 0.
        kl: weight of the prior; 0 is plain fine-tuning.
        **kwargs: as for `trl.SFTTrainer`.
    """

    def __init__(self, *, prior: Any = None, kl: float = 0.0, **kwargs: Any) -> None:
        self.prior, self.kl = prior, kl
        super().__init__(**kwargs)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the loss of a micro-batch, with the prior's term."""
        if not self.kl:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        # TRL's fused forward has no logits; the prior needs them, so this is a plain one.
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs.get("attention_mask"))
        loss = self._loss(outputs.logits, inputs, num_items_in_batch)
        return (loss, outputs) if return_outputs else loss

    def _loss(self, logits: torch.Tensor, inputs: dict[str, Any], items: Any) -> torch.Tensor:
        adapters = hasattr(self.prior, "disable_adapter")
        with torch.no_grad(), self.prior.disable_adapter() if adapters else nullcontext():
            base = self.prior(
                input_ids=inputs["input_ids"], attention_mask=inputs.get("attention_mask")
            ).logits
        ours, theirs = (x[:, :-1].float().log_softmax(dim=-1) for x in (logits, base.to(logits.device)))
        labels = inputs["labels"][:, 1:]
        kept = labels != -100
        told = -ours.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        divergence = (ours.exp() * (ours - theirs)).sum(dim=-1)
        count = kept.sum() if items is None else items
        loss: torch.Tensor = ((told + self.kl * divergence) * kept).sum() / count
        return loss
