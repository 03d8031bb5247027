"""Settings that the chosen algorithm does not read: a sentence for each, so that none is ignored in silence.

A field at its default says nothing: a run's own `config.yaml` spells out every field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reasoners.algorithms.settings import AlgorithmSection

READER = {
    "gamma": "critic",
    "lam": "critic",
    "whiten": "critic",
    "kl": "critic",
    "value_warmup": "critic",
    "critic": "critic",
    "iterated": "rounds",
    "dynamic": "steps",
    "std_floor": "group std",
}
"""Field of the section `algorithm` -> the part of an algorithm that reads it."""

WHY = {
    "critic": "only PPO's critic reads it. Leave it out, or set algorithm.name: ppo",
    "rounds": "only expert_iteration, raft and superhf work in rounds. Leave it out, or name one of them",
    "steps": "an algorithm of rounds samples no more for a step. Leave it out",
    "group std": "the advantages are not divided by the group's standard deviation, which it bounds. Leave it out, or "
    "use an algorithm that divides (grpo) with trl.scale_rewards: group",
}
"""Part -> why a field of its has no effect, and what to do."""

UNSCALED = ("leave_one_out", "greedy", "length_weighted", "best")
"""Our estimators that divide by nothing, which `trl.scale_rewards: none` says too."""

CLIPPED = frozenset({"grpo", "bnpo", "dr_grpo", "dapo", "luspo"})
"""Losses with PPO's clipped ratio."""

OF_LOSS = {
    "epsilon": CLIPPED,
    "epsilon_high": CLIPPED | {"cispo"},
    "delta": CLIPPED,
    **{f"sapo_temperature_{sign}": frozenset({"sapo"}) for sign in ("pos", "neg")},
    **{f"vespo_{part}_{sign}": frozenset({"vespo"}) for part in ("k", "lambda") for sign in ("pos", "neg")},
}
"""Field of TRL's config -> the `loss_type`s that read it."""


def unused_setting(
    section: AlgorithmSection, trl: Mapping[str, Any], credit: str | None, loop: str
) -> str | None:
    """Return a sentence on the first setting that has no effect, or None.

    Args:
        section: the algorithm.
        trl: all fields for TRL's config, those of the preset included.
        credit: the preset's own estimator; None where TRL makes the advantages.
        loop: "online" or "iterated".
    """
    where = f"with algorithm.name: {section.name}" if section.name else "without an algorithm.name"
    scale = trl.get("scale_rewards", "group")
    by_trl = credit is None and loop == "online"
    parts = {"steps" if loop == "online" else "rounds"}
    parts |= {"critic"} if credit == "critic" else set()
    parts |= {"group std"} if by_trl and scale == "group" else set()
    plain = AlgorithmSection()
    for field, part in READER.items():
        if part not in parts and getattr(section, field) != getattr(plain, field):
            beside = f" and with trl.scale_rewards: {scale}" if part == "group std" and by_trl else ""
            return f"algorithm.{field} has no effect {where}{beside}: {WHY[part]}."
    if "scale_rewards" in trl and not by_trl and not (credit in UNSCALED and scale == "none"):
        return f"trl.scale_rewards: {scale} has no effect {where}, which does not take TRL's advantages. Leave it out."
    return _unread_by_the_loss(trl, loop, where)


def only_warm_up(warm_up: int, steps: int) -> str:
    """Return a sentence on a run of `steps` optimizer steps, none of which would train the policy."""
    return (
        f"algorithm.value_warmup: {warm_up} trains the critic only, and the run has {steps} steps: the policy would "
        "stay as it is. Lower it, or train for more steps (trl.max_steps, trl.num_train_epochs)."
    )


def _unread_by_the_loss(trl: Mapping[str, Any], loop: str, where: str) -> str | None:
    """Return a sentence on the first field that the loss does not read, or None; TRL's own `loss_type` is dapo."""
    loss = trl.get("loss_type", "dapo")
    for field, losses in OF_LOSS.items():
        if trl.get(field) is not None and (loop == "iterated" or loss not in losses):
            chosen = "which fine-tunes on samples" if loop == "iterated" else f"with trl.loss_type: {loss}"
            return f"trl.{field} has no effect {where}, {chosen}; {', '.join(sorted(losses))} read it. Leave it out."
    return None
