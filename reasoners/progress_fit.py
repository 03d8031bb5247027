"""Whether the section `progress` goes with the rest of a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reasoners.algorithms.presets import dynamic_of, is_iterated, preset
from reasoners.algorithms.progress import ProgressSection
from reasoners.config import ConfigError, RunConfig
from rewards import Rollout, Suite, Term


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


def check_termination(
    section: ProgressSection | None, suite: Suite, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse `baseline: termination` where some training row's total is not the outcome itself, 0 to 1.

    The reward of answering at once is J_0, a probability of being right; from another total it cannot be taken. The
    reward `progress` may be added: answering at once makes none.

    Args:
        section: the section `progress`, if there is one.
        suite: the run's rewards.
        rows: the training rows.

    Raises:
        ConfigError: says which row and which reward.
    """
    if section is None or section.baseline != "termination":
        return
    for number, row in enumerate(rows):
        rollout = Rollout(completion="", columns=row)
        paying = [t for t in suite.terms if t.weight and t.applies(rollout, "train")]
        problem = _not_the_outcome([t for t in paying if t.reward.name != "progress"], section.outcome)
        if problem:
            raise ConfigError(
                "progress.baseline: termination takes J_0, the probability of being right at once, from the total; so "
                f"the total must be 1 for right and 0 for wrong. In row {number} of data.train {problem}. Keep one "
                "such reward with weight 1 and give the others weight 0, or set progress.baseline: algorithm."
            )


def _not_the_outcome(paying: Sequence[Term], outcome: str | None) -> str:
    """Return why what these terms pay is not the outcome itself, or "" where it is."""
    if len(paying) != 1:
        return f"these pay: {', '.join(t.label for t in paying) or 'none'}"
    (term,) = paying
    (low, high), full = term.reward.spec.range, term.reward.full
    if outcome is not None and term.label != outcome:
        return f"`{term.label}` pays, and progress.outcome is `{outcome}`"
    if term.reward.spec.shaping:
        return f"`{term.label}` pays, which does not know what is right"
    if (low, high, full) != (0.0, 1.0, 1.0):
        return f"`{term.label}` pays {low:g} to {high:g}, and counts as right from {full:g}"
    changed = [name for name in ("requires", "times", "clip", "schedule") if getattr(term, name) is not None]
    if term.weight != 1 or changed:
        return f"`{term.label}` has {', '.join(changed) or f'weight {term.weight:g}'}"
    return ""


def check_outcome(section: ProgressSection | None, suite: Suite) -> None:
    """Refuse a `progress.outcome` that no reward is labelled with. Raises `ConfigError`."""
    labels = [t.label for t in suite.terms]
    if section is not None and section.outcome is not None and section.outcome not in labels:
        raise ConfigError(
            f"progress.outcome: no reward is labelled `{section.outcome}`. Known: {', '.join(labels)}."
        )
