"""From a config to TRL's `GRPOConfig`, checked without loading a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from reasoners.algorithms.presets import Preset, check_traps, preset
from reasoners.config import ConfigError, RunConfig
from reasoners.sft_args import check_rounds
from reasoners.trl_ranges import check_ranges
from rewards.errors import unknown_name

if TYPE_CHECKING:
    from trl import GRPOConfig

    from reasoners.models.device import Precision

OURS = {
    "output_dir": "run.dir",
    "run_name": "run.name",
    "seed": "run.seed",
    "data_seed": "run.seed",
    "report_to": "run.report_to",
    "bf16": "model.precision",
    "fp16": "model.precision",
    "reward_weights": "the `weight` of each entry under rewards",
    "multi_objective_aggregation": "nothing: the suite adds up its rewards, TRL sees their sum",
    "log_completions": "nothing: every rollout is recorded in the run's records",
    "resume_from_checkpoint": "the option --resume",
    "remove_unused_columns": "nothing: rewards name the columns they need",
    "disable_tqdm": "the option --quiet",
}
"""Fields of TRL that another part of the config sets."""

OF_A_MODEL = ("galore", "apollo", "lomo", "adalomo")
"""Optimizers that are made for a model, and cannot be tried without one."""

DEFINING = ("loss_type", "importance_sampling_level", "scale_rewards")
"""Fields that make an algorithm what it is, where its preset sets them."""

INEXACT = {
    "save_only_model": "checkpoints would lack optimizer, schedule and random numbers, and --resume could not go on "
    "exactly. Leave it out; trl.save_total_limit bounds the disk that checkpoints take.",
    "ignore_data_skip": "a resumed run would see other prompts than an unbroken one. Leave it out.",
}
"""Switches of TRL after which a resumed run is another one -> why, and what to do."""

DEFAULTS: dict[str, Any] = {
    "logging_steps": 1,
    "save_steps": 50,
    "save_total_limit": 2,
    "save_strategy": "steps",
}
"""Where our defaults differ from TRL's: every step is logged, and a crash costs at most 50 steps."""


def trl_arguments(config: RunConfig) -> dict[str, Any]:
    """Return the fields under `trl:`, converted to TRL's types.

    Raises:
        ConfigError: an unknown field (with the nearest valid name), a field that we set, an ill-typed value, a number
            outside its range.
    """
    hints = _hints()
    found = preset(config.algorithm)
    done = DEFAULTS | dict(found.trl if found else {})
    for name, value in config.trl.items():
        if name in OURS:
            raise ConfigError(f"trl.{name} is not set here; it comes from {OURS[name]}.")
        if name not in hints:
            raise ConfigError("section `trl`: " + unknown_name("key", name, set(hints) - set(OURS)))
        if name == "scale_rewards" and isinstance(value, bool):
            value = "group" if value else "none"  # TRL's older form
        done[name] = _converted(name, value, hints[name])
    check_ranges(done)
    check_traps(config.algorithm, done)
    _check_resumable(config, done)
    if found is not None:
        _check_own(config, found, done)
        if found.loop == "iterated":
            check_rounds(config, done, DEFAULTS)
    return done


def _check_resumable(config: RunConfig, done: Mapping[str, Any]) -> None:
    """Refuse fields that a checkpoint cannot take up again, and a moving reference where there is none to move."""
    for name, why in INEXACT.items():
        if done.get(name):
            raise ConfigError(f"trl.{name}: {why}")
    if done.get("save_total_limit") == 1:
        raise ConfigError(
            "trl.save_total_limit: 1 would delete the last whole checkpoint before the next one is whole, and a run "
            "killed in between could not go on. Take 2 or more."
        )
    if not done.get("sync_ref_model"):
        return
    if not done.get("beta"):
        raise ConfigError(
            "trl.sync_ref_model needs trl.beta above 0: without a KL there is no reference model to move."
        )
    if config.model.lora is not None:
        raise ConfigError(
            "trl.sync_ref_model needs a reference model of its own; with adapters the reference is the policy without "
            "its adapter, which does not move. Leave out trl.sync_ref_model or model.lora."
        )


def _check_own(config: RunConfig, found: Preset, done: dict[str, Any]) -> None:
    """Refuse a field under `trl:` that makes the named algorithm another one."""
    for field in DEFINING:
        if field in found.trl and done[field] != found.trl[field]:
            raise ConfigError(
                f"algorithm.name: {config.algorithm.name} is defined by trl.{field}: {found.trl[field]}, but the "
                f"config says {done[field]}. Leave out one of the two."
            )


def grpo_config(config: RunConfig, folder: Path, precision: Precision | None = None) -> GRPOConfig:
    """Return TRL's config for this run; `precision` None = check only.

    Raises:
        ConfigError: TRL refuses the combination; its own message is kept.
    """
    from reasoners.single_sample import SingleSampleConfig

    arguments = trl_arguments(config)
    bf16 = precision is not None and precision.dtype == "bfloat16"
    on_cpu = precision is None or precision.device == "cpu"
    arguments.setdefault("gradient_checkpointing", precision is not None and precision.gradient_checkpointing)
    # A pinned copy to a GPU that is not there only warns.
    arguments.setdefault("dataloader_pin_memory", not on_cpu)
    try:
        made = SingleSampleConfig(
            **arguments,
            output_dir=str(folder / "checkpoints"),
            run_name=config.run.name,
            seed=config.run.seed,
            report_to=config.run.report_to or "none",
            bf16=bf16,
            use_cpu=on_cpu,
            disable_tqdm=True,
        )
    except (ValueError, TypeError, ImportError) as error:
        raise ConfigError(f"TRL refuses the section `trl`: {error}") from error
    _check_optimizer(made)
    return made


def _check_optimizer(arguments: GRPOConfig) -> None:
    """Refuse an optimizer whose package is missing, before a model is loaded for it."""
    from transformers import Trainer

    try:
        Trainer.get_optimizer_cls_and_kwargs(arguments)
    except (ImportError, ValueError) as error:
        name = str(getattr(arguments.optim, "value", arguments.optim))
        if isinstance(error, ImportError) or not name.startswith(OF_A_MODEL):
            raise ConfigError(f"trl.optim: {name} cannot be used: {error}") from error


@cache
def _hints() -> dict[str, Any]:
    try:
        from trl import GRPOConfig
    except ImportError as error:
        raise ConfigError("training needs `pip install reasoners[train]`.") from error
    hints = get_type_hints(GRPOConfig)
    return {f.name: hints[f.name] for f in fields(GRPOConfig) if f.init}


def _converted(name: str, value: Any, hint: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    try:
        # YAML reads 1e-4 as text; the annotated type decides.
        return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
    except ValidationError as error:
        raise ConfigError(f"trl.{name} = {value!r}: {error.errors()[0]['msg']}.") from None
