"""TRL's config without its rule that a prompt has at least two samples: ReMax and PPO need one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trl import GRPOConfig


@dataclass
class SingleSampleConfig(GRPOConfig):  # type: ignore[misc]
    """`GRPOConfig` that allows `num_generations=1`; whether an algorithm can use it is checked by its preset."""

    def __post_init__(self) -> None:
        """Let TRL check everything else, with the whole generation batch as one group."""
        fields: Any = self
        if fields.num_generations != 1:
            super().__post_init__()
            return
        if fields.num_generations_eval is None:
            fields.num_generations_eval = 1
        steps = self.steps_per_generation or self.gradient_accumulation_steps
        fields.num_generations = self.generation_batch_size or self.per_device_train_batch_size * steps
        super().__post_init__()
        fields.num_generations = 1
