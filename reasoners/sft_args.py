"""TRL's config of one round of fine-tuning, and the settings that a run of rounds reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from reasoners.config import ConfigError, RunConfig

if TYPE_CHECKING:
    from trl import GRPOConfig

    from reasoners.algorithms.settings import Rounds

SAMPLED = frozenset(
    {"num_generations", "temperature", "top_p", "top_k", "max_completion_length", "chat_template_kwargs"}
)
"""Fields of TRL's config that say how a round is sampled."""

OWN = frozenset(
    {"max_steps", "num_train_epochs", "save_strategy", "eval_strategy", "report_to", "seed", "data_seed"}
)
"""Fields that both of TRL's configs have and a round sets itself."""

HARMLESS = frozenset({"max_steps", "save_steps", "steps_per_generation", "generation_batch_size"})
"""Not read, and accepted: every recipe bounds online training by the first two, and TRL's own check of the batch
against `num_generations` reads the others."""

ELSEWHERE = (
    "eval_",
    "save_",
    "logging_",
    "log_on_",
    "hub_",
    "push_to_hub",
    "load_best_",
    "trackio_",
    "project",
)
"""Beginnings of fields of evaluation, checkpoints and reports, which a round leaves to the run."""

SAYS = {
    **dict.fromkeys(
        ("num_iterations", "num_train_epochs"), "algorithm.iterated.epochs says how often it fine-tunes"
    ),
    "beta": "algorithm.iterated.kl weighs the prior of superhf",
    "use_vllm": "it samples with transformers",
    "min_p": "it samples with temperature, top_k, top_p alone",
    "repetition_penalty": "it samples with temperature, top_k, top_p alone",
    "generation_kwargs": "it samples with temperature, top_k, top_p alone",
}
"""Field -> what an algorithm of rounds has in its place."""


def sft_config(arguments: GRPOConfig, settings: Rounds, number: int) -> Any:
    """Return TRL's config of the fine-tuning in round `number`: what both trainers share comes from the run's own."""
    from trl import SFTConfig

    return SFTConfig(
        **{name: getattr(arguments, name) for name in _shared() - OWN},
        num_train_epochs=settings.epochs,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        seed=arguments.seed + number,
        packing=False,
        max_length=None,  # TRL would cut at 1,024 tokens; prompt and completion fit the model's context already
    )


def allowed_fields() -> frozenset[str]:
    """Return the fields of TRL's `GRPOConfig` that may stand under `trl:` beside an algorithm of rounds."""
    tuned = {name for name in _shared() - OWN if not name.startswith(ELSEWHERE)}
    return SAMPLED | HARMLESS | tuned


def check_rounds(config: RunConfig, trl: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse settings that an algorithm of rounds would ignore, and several processes.

    Args:
        config: a run whose algorithm works in rounds.
        trl: all fields for TRL's config, converted.
        ours: our defaults for them, where they are not TRL's.

    Raises:
        ConfigError: names the setting and what to do.
    """
    name = config.algorithm.name
    processes = int(os.environ.get("WORLD_SIZE") or 1)
    if processes > 1:
        raise ConfigError(
            f"algorithm.name: {name} samples and fine-tunes in one process, and {processes} were started: each would "
            "sample the whole round and write the same files. Start it without torchrun or accelerate launch."
        )
    if config.run.report_to:
        raise ConfigError(
            f"run.report_to has no effect with algorithm.name: {name}, which writes metrics.jsonl and plots only. "
            "Leave it out."
        )
    allowed = allowed_fields()
    for field in config.trl:
        # Without vLLM its other fields have no effect in any algorithm, and recipes for a GPU have them.
        if (
            field not in allowed
            and not field.startswith("vllm_")
            and not _says_nothing(field, trl[field], ours)
        ):
            raise ConfigError(
                f"trl.{field} has no effect with algorithm.name: {name}, which works in rounds{_instead(field)}. "
                "Leave it out."
            )


def _instead(field: str) -> str:
    if field.startswith("eval_"):
        return "; audit the checkpoints"
    if field.startswith("save_"):
        return "; each round is a checkpoint"
    return f"; {SAYS[field]}" if field in SAYS else ""


def _says_nothing(field: str, value: Any, ours: Mapping[str, Any]) -> bool:
    """Return whether a value is None or what it is without the field; the epochs of a round have their own default."""
    from trl import GRPOConfig

    plain = GRPOConfig.__dataclass_fields__[field]
    default = plain.default if plain.default_factory is MISSING else plain.default_factory()
    return value is None or (value == ours.get(field, default) and field != "num_train_epochs")


def _shared() -> set[str]:
    """Return the fields that the configs of online training and of fine-tuning both take from transformers."""
    from transformers import TrainingArguments
    from trl import SFTConfig

    return {f.name for f in fields(TrainingArguments) if f.init} & {
        f.name for f in fields(SFTConfig) if f.init
    }
