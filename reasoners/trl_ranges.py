"""Ranges of TRL's fields that TRL itself does not check: a value outside ends in a traceback or trains nonsense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reasoners.config import ConfigError


@dataclass(frozen=True)
class Range:
    """Finite numbers from `low`, up to `high`; an end may be left out."""

    low: float
    high: float = math.inf
    without_low: bool = False
    without_high: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.without_low else value >= self.low
        below = value < self.high if self.without_high else value <= self.high
        return above and below and math.isfinite(value)

    def __str__(self) -> str:
        low = f"{'above' if self.without_low else 'at least'} {self.low:g}"
        if self.high == math.inf:
            return low
        return f"{low} and {'below' if self.without_high else 'at most'} {self.high:g}"


COUNT, WEIGHT, POSITIVE = Range(1), Range(0), Range(0, without_low=True)

RANGES: dict[str, Range] = {
    **dict.fromkeys(("per_device_train_batch_size", "per_device_eval_batch_size"), COUNT),
    **dict.fromkeys(("gradient_accumulation_steps", "steps_per_generation", "generation_batch_size"), COUNT),
    **dict.fromkeys(("num_generations", "num_generations_eval", "num_iterations"), COUNT),
    "max_completion_length": COUNT,
    **dict.fromkeys(("learning_rate", "weight_decay", "max_grad_norm", "adam_epsilon"), WEIGHT),
    **dict.fromkeys(("adam_beta1", "adam_beta2"), Range(0, 1, without_high=True)),
    **dict.fromkeys(("beta", "epsilon", "epsilon_high", "top_k"), WEIGHT),
    **dict.fromkeys(("temperature", "repetition_penalty", "num_train_epochs"), POSITIVE),
    "top_p": Range(0, 1, without_low=True),
    "min_p": Range(0, 1),
}
"""Field -> what it may be; None, where TRL allows it, is always in order."""


def check_ranges(trl: Mapping[str, Any]) -> None:
    """Refuse a number outside its range.

    Args:
        trl: fields for TRL's config, converted to TRL's types.

    Raises:
        ConfigError: names the field, its value and the range.
    """
    for name, allowed in RANGES.items():
        value = trl.get(name)
        if value is not None and value not in allowed:
            raise ConfigError(f"trl.{name} = {value}: it must be {allowed}.")
