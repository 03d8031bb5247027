"""What a trainer is built with beside the model, and what peft, TRL and transformers refuse then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reasoners.config import ConfigError, RunConfig


def lora_config(config: RunConfig) -> Any:
    """Return peft's config of the adapters, or None for full fine-tuning."""
    lora = config.model.lora
    if lora is None:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )


@contextmanager
def building(config: RunConfig) -> Iterator[None]:
    """Turn what is refused while a trainer is built into a `ConfigError` that keeps the message."""
    try:
        yield
    except (ValueError, TypeError, ImportError, NotImplementedError) as error:
        lora = config.model.lora
        if lora is not None and "target modules" in str(error).lower():
            raise ConfigError(
                f"model.lora.target_modules: {lora.target_modules} does not fit {config.model.name}: {error}"
            ) from error
        raise ConfigError(f"the trainer cannot be built as the config says: {error}") from error
