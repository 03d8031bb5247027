"""Whether the section `progress` goes with the rest of a config."""

from __future__ import annotations

from reasoners.algorithms.presets import dynamic_of, is_iterated, preset
from reasoners.config import ConfigError, RunConfig


def check_progress(config: RunConfig) -> None:
    """Refuse a section `progress` that nothing uses, or that cannot work with the rest. Raises `ConfigError`."""
    section = config.progress
    paid = any(entry.name == "progress" and entry.weight for entry in config.rewards)
    if section is None:
        if paid:
            raise ConfigError("the reward `progress` needs the section `progress`, which makes its values.")
        return
    found = preset(config.algorithm)
    if is_iterated(config.algorithm) or (found is not None and found.credit == "greedy"):
        raise ConfigError(
            f"progress: algorithm.name: {config.algorithm.name} samples what is not probed; use grpo or ppo."
        )
    sharded = [f"trl.{name}" for name in ("fsdp", "deepspeed") if config.trl.get(name)]
    if sharded or config.trl.get("vllm_mode") == "server":
        raise ConfigError(
            f"progress: {sharded[0] if sharded else 'trl.vllm_mode: server'} makes ranks generate in step; each has "
            "another number of prefixes to probe. Use plain data parallelism, or vLLM in the trainer's process."
        )
    if config.tools:
        raise ConfigError("progress: forced answers are single turns; leave out the section `tools`.")
    if section.placement == "tokens" and paid:
        raise ConfigError(
            "progress.placement: tokens and the reward `progress` would pay twice; set its weight to 0."
        )
    if section.placement == "tokens" and section.probes == "ends":
        raise ConfigError("progress.placement: tokens needs progress.probes: all.")
    if section.placement == "scalar" and section.baseline == "algorithm" and not paid:
        raise ConfigError(
            "progress: nothing uses the values; add the reward `progress`, or set placement or baseline."
        )
    placed = (section.placement, section.baseline) != ("scalar", "algorithm")
    if placed and dynamic_of(config.algorithm).budget:
        raise ConfigError(
            "progress: with placement: tokens or baseline: termination a group whose samples all have one reward "
            "teaches something too, and algorithm.dynamic would replace it. Set algorithm.dynamic.budget: 0."
        )
    if section.baseline == "termination" and found is not None and found.credit == "critic":
        raise ConfigError(
            "progress.baseline: termination replaces the advantage, and ppo takes it from its critic."
        )
