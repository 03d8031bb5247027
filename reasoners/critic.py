"""PPO's critic: a model of its own that estimates the return before each token, with its own optimizer.

A separate model, not a head on the policy: TRL's fused forward returns no hidden states, and an inference engine would
be handed weights that it does not know. It is learned beside the policy, one step of its optimizer per step of the
policy's, from the same micro-batches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from reasoners.algorithms.gae import gae, place_outcome, whiten
from reasoners.algorithms.settings import AlgorithmSection, CriticSection
from reasoners.algorithms.values import bin_centres, explained_variance, outside, value_loss
from reasoners.diverged import DivergedError
from reasoners.models.device import Precision
from reasoners.models.load import load_model, resolve_model
from reasoners.whole_state import differences, take_state, whole_state
from rewards.errors import ToolkitError
from rewards.files import whole_file

if TYPE_CHECKING:
    from accelerate import Accelerator

FILE = "critic.pt"


class CriticError(ToolkitError):
    """A critic that cannot be made, or a checkpoint of another one."""


class ValueModel(nn.Module):
    """A transformer's trunk with a linear head: one output per token, or one per bin."""

    def __init__(self, trunk: nn.Module, width: int, outputs: int) -> None:
        super().__init__()
        self.trunk, self.head = trunk, nn.Linear(width, outputs)
        # Zero: values start at the middle of the range whatever the trunk says, and the first advantages are rewards.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, keep: int) -> Tensor:
        """Return (batch, keep, outputs) for the states before each of the last `keep` tokens."""
        positions = (attention_mask.cumsum(dim=1) - 1).clamp(min=0)
        found = self.trunk(input_ids=input_ids, attention_mask=attention_mask, position_ids=positions)
        states = found.last_hidden_state[:, -keep - 1 : -1]
        outputs: Tensor = self.head(states.to(self.head.weight.dtype)).float()
        return outputs


class Critic:
    """The value model with its optimizer, and what it adds to a generation batch.

    Args:
        settings: the algorithm's section; `settings.critic` says how the critic learns.
        source: folder or hub id of the policy, whose trunk is copied where the settings name no model.
        accelerator: the trainer's; the model is prepared (and so replicated, or sharded by FSDP) by it.
        lora: the policy's LoRA config, for `critic.lora`.
        dtype: of a frozen trunk; a trained one is float32.
        checkpointing: recompute activations in the backward pass.
        max_grad_norm: clip the gradient at this norm; 0 = off.
        batch_size: rows per forward pass without gradient.
        tokenizer: the policy's; a model that the settings name must read its token ids.

    Raises:
        CriticError: the trunk cannot be loaded or has another vocabulary, LoRA is asked for without a shape, or
            DeepSpeed runs the policy.
    """

    def __init__(
        self,
        settings: AlgorithmSection,
        source: str,
        accelerator: Accelerator,
        *,
        lora: Any = None,
        dtype: str = "float32",
        checkpointing: bool = False,
        max_grad_norm: float = 1.0,
        batch_size: int = 8,
        tokenizer: Any = None,
    ) -> None:
        if accelerator.distributed_type == "DEEPSPEED":
            raise CriticError(
                "DeepSpeed's engine holds one model per accelerator, and PPO has a critic beside the policy. "
                "Shard with FSDP, or use an algorithm without a critic."
            )
        self.settings, self.accelerator = settings, accelerator
        self.max_grad_norm, self.batch_size = max_grad_norm, batch_size
        model = _value_model(settings.critic, source, lora, dtype, checkpointing, tokenizer)
        learned = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=settings.critic.learning_rate, weight_decay=0.0)
        self.model: Any
        self.model, self.optimizer = accelerator.prepare(_without_noise(model), optimizer)
        self.metrics: dict[str, float] = {}

    def assign(self, batch: dict[str, Any], outcomes: Tensor, beta: float) -> None:
        """Add values, returns and advantages per token to a generation batch, in place.

        Args:
            batch: TRL's generation batch of this rank.
            outcomes: (batch,), NaN where masked: such rows get advantages of zero and teach the critic nothing.
            beta: weight of the KL to the reference policy inside the reward, 0 where it is in the loss.
        """
        mask = _written(batch)
        known = mask * (~outcomes.isnan()).unsqueeze(1)
        values = self._values(batch)
        rewards = place_outcome(outcomes.nan_to_num(nan=0.0), mask)
        apart: dict[str, float] = {}
        if beta:
            divergence = (batch["old_per_token_logps"] - batch["ref_per_token_logps"]) * mask
            rewards = rewards - beta * divergence
            apart = {"kl": self._mean(divergence, mask)}  # TRL's own figure is of the KL in the loss
        found, returns = gae(rewards, values, known, gamma=self.settings.gamma, lam=self.settings.lam)
        if self.settings.whiten:
            found = whiten(found, known, reduce=self._summed)
        batch |= {"advantages": found, "values": values, "returns": returns, "value_mask": known}
        self.metrics = self._figures(batch) | apart

    def _figures(self, batch: Mapping[str, Any]) -> dict[str, float]:
        values, returns, known = batch["values"], batch["returns"], batch["value_mask"]
        found = {
            "critic/value": self._mean(values, known),
            "critic/return": self._mean(returns, known),
            "critic/explained_variance": explained_variance(values, returns, known, self._summed),
        }
        if self.settings.critic.loss == "hl_gauss":
            found["critic/outside"] = self._mean(outside(returns, self.settings.critic), known)
        return found

    def _mean(self, figures: Tensor, mask: Tensor) -> float:
        """Return the mean over the mask's tokens, of all ranks."""
        sums = self._summed(torch.stack([(figures * mask).sum(), mask.sum()]).float())
        return float(sums[0]) / max(float(sums[1]), 1.0)

    def learn(
        self, batch: Mapping[str, Any], normalizer: Tensor, step: bool, at: int | None = None
    ) -> dict[str, float]:
        """Add a micro-batch to the critic's gradient and, if `step`, take a step of its optimizer.

        Args:
            batch: a micro-batch with what `assign` added.
            normalizer: tokens of one optimizer step on this rank, which make the loss a mean over tokens.
            step: whether the gradient is complete.
            at: the step's number, for the message.

        Raises:
            DivergedError: the loss or the gradient is no number; the weights are those of before.
        """
        outputs = self.model(*_whole(batch), batch["completion_ids"].shape[1])
        losses = value_loss(outputs, batch["returns"], batch["values"], self.settings.critic)
        loss = (losses * batch["value_mask"]).sum() / normalizer
        # Loss and gradient are reduced over the ranks before each check: all of them raise, or none.
        mean = float(self.accelerator.reduce(loss.detach(), reduction="mean"))
        _check("loss", mean, at)
        loss.backward()
        found = {"critic/loss": mean}
        if step:
            limit = (
                self.max_grad_norm or math.inf
            )  # no gradient is over an infinite limit: it is measured only
            norm = float(self.accelerator.clip_grad_norm_(self.model.parameters(), limit))
            _check("gradient norm", norm, at)
            found["critic/grad_norm"] = norm
            self.optimizer.step()
            self.optimizer.zero_grad()
        return found

    @torch.no_grad()
    def _values(self, batch: Mapping[str, Any]) -> Tensor:
        ids, attention = _whole(batch)
        keep = batch["completion_ids"].shape[1]
        starts = range(0, len(ids), self.batch_size)
        rows = [slice(start, start + self.batch_size) for start in starts]
        return torch.cat([self._to_values(self.model(ids[r], attention[r], keep)) for r in rows])

    def _to_values(self, outputs: Tensor) -> Tensor:
        if self.settings.critic.loss == "mse":
            return outputs.squeeze(-1)
        return outputs.softmax(dim=-1) @ bin_centres(self.settings.critic).to(outputs.device)

    def _summed(self, local: Tensor) -> Tensor:
        found: Tensor = self.accelerator.reduce(local, reduction="sum")
        return found

    def save(self, folder: Path) -> None:
        """Write weights and optimizer; every rank calls it, the first one writes."""
        state = whole_state(self.model, self.optimizer.optimizer)
        if self.accelerator.is_main_process:
            with whole_file(folder / FILE) as partial:
                torch.save(state, partial)

    def restore(self, folder: Path) -> None:
        """Take up what `save` wrote.

        Raises:
            CriticError: there is none, or it is of another shape.
        """
        path = folder / FILE
        if not path.exists():
            raise CriticError(
                f"{folder} holds no critic ({FILE}): it is a checkpoint of an algorithm without one."
            )
        saved = torch.load(path, weights_only=True, map_location="cpu")
        wrong = differences(self.model, saved["model"])
        if wrong:
            raise CriticError(f"{path} is the checkpoint of another critic: {wrong}.")
        take_state(self.model, self.optimizer.optimizer, saved)


def _check(what: str, value: float, at: int | None) -> None:
    if not math.isfinite(value):
        raise DivergedError(
            f"the critic's {what}{'' if at is None else f' of step {at}'} is {value}: training has diverged. The "
            "critic's weights are kept as they were before it. Lower algorithm.critic.learning_rate."
        )


def _value_model(
    settings: CriticSection, source: str, lora: Any, dtype: str, checkpointing: bool, tokenizer: Any
) -> ValueModel:
    if settings.lora and lora is None:
        raise CriticError("algorithm.critic.lora needs the adapters' shape: set model.lora.")
    weights = getattr(torch, dtype) if settings.lora else torch.float32
    if settings.model is None:
        trunk = _trunk(source, source, weights)
    else:
        trunk = _named_trunk(settings.model, weights, source, tokenizer)
    width = trunk.config.hidden_size
    if checkpointing:
        trunk.config.use_cache = False  # a cache would keep what is to be recomputed
        trunk.gradient_checkpointing_enable({"use_reentrant": False})
    if settings.lora:
        trunk = _with_adapters(trunk, lora)
    return ValueModel(trunk, width, 1 if settings.loss == "mse" else settings.bins)


def _without_noise(model: nn.Module) -> nn.Module:
    """Return the model in eval mode: dropout would make a value differ from itself between two passes.

    Layers that recompute their activations do so in train mode only. They alone are put in it, not what is inside
    them, and their own rates of dropout are zero.
    """
    model.eval()
    for module in model.modules():
        if getattr(module, "gradient_checkpointing", False):
            module.training = True
            for owner in (module, getattr(module, "config", module)):
                for name in [n for n, v in vars(owner).items() if "drop" in n and isinstance(v, float)]:
                    setattr(owner, name, 0.0)
    return model


def _named_trunk(name: str, weights: torch.dtype, policy: str, tokenizer: Any) -> Any:
    """Load the model of `algorithm.critic.model`; refuse one that does not read the policy's token ids."""
    try:
        found = str(resolve_model(name))
    except ToolkitError as error:
        raise CriticError(f"algorithm.critic.model: {error}") from error
    if tokenizer is None:
        return _trunk(name, found, weights)
    mine, theirs = tokenizer.get_vocab(), _vocabulary(found)
    other = {t: i for t, i in mine.items() if theirs is not None and theirs.get(t) != i}
    advice = "Name a model with the policy's tokenizer, or leave algorithm.critic.model out."
    if other:
        token = min(other, key=lambda t: int(other[t]))
        raise CriticError(
            f"the critic {name} has another vocabulary than the policy {policy}: {len(other)} of its {len(mine)} "
            f"tokens have another id there or none, such as {token!r} (id {mine[token]}). {advice}"
        )
    trunk = _trunk(name, found, weights)
    rows, needed = trunk.get_input_embeddings().weight.shape[0], 1 + max(mine.values())
    if rows < needed:
        raise CriticError(
            f"the critic {name} knows {rows} token ids, the vocabulary of the policy {policy} has {needed}. {advice}"
        )
    return trunk


def _vocabulary(source: str) -> dict[str, int] | None:
    """Return token -> id, or None where there is no tokenizer."""
    from transformers import AutoTokenizer

    if Path(source).is_dir() and not any(Path(source).glob("tokenizer*")):
        return None
    try:
        found: dict[str, int] = AutoTokenizer.from_pretrained(source).get_vocab()
    except (OSError, ValueError, KeyError):
        return None
    return found


def _trunk(name: str, source: str, weights: torch.dtype) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModel
    from transformers.utils import logging

    if (Path(source) / "adapter_config.json").is_file():
        # AutoModel would leave the adapter beside a base without gradients, and only the head would learn.
        merged, _ = load_model(source, Precision("float32", "cpu", False, ""))
        return merged.base_model.to(weights).requires_grad_()
    loud = logging.get_verbosity()
    logging.set_verbosity_error()  # the policy's head is left out on purpose
    try:
        return AutoModel.from_pretrained(source, dtype=weights)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CriticError(f"cannot load the critic's model {name}: {error}") from error
    finally:
        logging.set_verbosity(loud)


def _with_adapters(trunk: nn.Module, lora: Any) -> nn.Module:
    """Return the trunk with adapters of the policy's shape; its modules have other full names."""
    from dataclasses import replace

    from peft import get_peft_model

    named = lora.target_modules
    short = named if isinstance(named, str) else {name.rpartition(".")[2] for name in named}
    adapted: nn.Module = get_peft_model(
        trunk,  # type: ignore[arg-type, unused-ignore]
        replace(lora, task_type="FEATURE_EXTRACTION", target_modules=short),
    )
    return adapted


def _whole(batch: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
    return ids, torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1)


def _written(batch: Mapping[str, Any]) -> Tensor:
    mask: Tensor = batch["completion_mask"]
    return mask * batch["tool_mask"] if "tool_mask" in batch else mask
