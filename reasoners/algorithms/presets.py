"""Algorithms by name: what their papers set, and the combinations that do not mean what they say.

A preset gives defaults for TRL's fields, which `trl:` overrides, and names the estimator that makes the advantages.
`check_traps` refuses settings under which an algorithm silently is another one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reasoners.algorithms.settings import AlgorithmSection, Dynamic, Rounds
from reasoners.algorithms.unused import only_warm_up, unused_setting
from reasoners.section import Section
from rewards.errors import ToolkitError, unknown_name

Credit = Literal[
    "group_mean",
    "leave_one_out",
    "greedy",
    "batch",
    "batch_baseline",
    "length_weighted",
    "best",
    "critic",
]


ONE_IS_ENOUGH = ("greedy", "batch", "critic")
"""Credits that need no second sample of a prompt."""


LEARNS_FROM_DEAD = ("greedy", "batch", "batch_baseline", "critic")
"""Credits whose advantages are not 0 where all samples of a group have one reward, or rest on the whole batch."""


class AlgorithmError(ToolkitError):
    """An unknown algorithm, or settings that contradict it."""


@dataclass(frozen=True)
class Preset:
    """One algorithm: its source, its defaults for TRL's fields, and where its advantages come from."""

    title: str
    source: str
    trl: Mapping[str, Any] = field(default_factory=dict)
    credit: Credit | None = None
    """None: TRL's own, reward minus group mean over the group's standard deviation as `scale_rewards` says."""
    loop: Literal["online", "iterated"] = "online"
    dynamic: Dynamic | None = None
    iterated: Rounds | None = None


_TOKEN_MEAN: dict[str, Any] = {"loss_type": "dapo"}
_SEQUENCE_SUM: dict[str, Any] = {"loss_type": "dr_grpo"}

PRESETS: dict[str, Preset] = {
    "grpo": Preset("GRPO", "arXiv 2402.03300", {"loss_type": "grpo", "scale_rewards": "group"}),
    "dr_grpo": Preset("Dr. GRPO", "arXiv 2503.20783", {"loss_type": "dr_grpo", "scale_rewards": "none"}),
    "dapo": Preset(
        "DAPO (decoupled clip and dynamic sampling)",
        "arXiv 2503.14476",
        {
            **_TOKEN_MEAN,
            "epsilon": 0.2,
            "epsilon_high": 0.28,
            "mask_truncated_completions": True,
            "beta": 0.0,
        },
        dynamic=Dynamic(budget=3),
    ),
    # Not Beta Normalization Policy Optimization (arXiv 2506.02864), which has the same short name.
    "bnpo": Preset("Token mean of the local batch", "TRL", {"loss_type": "bnpo"}),
    "gspo": Preset(
        "GSPO",
        "arXiv 2507.18071",
        {
            "loss_type": "grpo",
            "importance_sampling_level": "sequence",
            "epsilon": 3e-4,
            "epsilon_high": 4e-4,
            "beta": 0.0,
        },
    ),
    "cispo": Preset("CISPO", "arXiv 2506.13585", {"loss_type": "cispo", "epsilon_high": 5.0, "beta": 0.0}),
    "sapo": Preset("SAPO", "arXiv 2511.20347", {"loss_type": "sapo"}),
    "luspo": Preset(
        "LUSPO",
        "arXiv 2602.05261",
        {
            "loss_type": "luspo",
            "importance_sampling_level": "sequence",
            "epsilon": 2e-3,
            "epsilon_high": 2.5e-3,
        },
    ),
    "vespo": Preset("VESPO", "arXiv 2602.10693", {"loss_type": "vespo"}),
    "rloo": Preset("RLOO", "arXiv 2402.14740", {**_SEQUENCE_SUM, "beta": 0.0}, "leave_one_out"),
    "loop": Preset(
        "LOOP",
        "arXiv 2502.01600",
        {**_TOKEN_MEAN, "importance_sampling_level": "token", "num_iterations": 2, "beta": 0.0},
        "leave_one_out",
    ),
    "remax": Preset(
        "ReMax", "arXiv 2310.10505", {**_SEQUENCE_SUM, "num_generations": 1, "beta": 0.0}, "greedy"
    ),
    "reinforce_pp": Preset("REINFORCE++", "arXiv 2501.03262", dict(_TOKEN_MEAN), "batch"),
    "reinforce_pp_baseline": Preset(
        "REINFORCE++ with a group baseline", "arXiv 2501.03262", dict(_TOKEN_MEAN), "batch_baseline"
    ),
    "opo": Preset("OPO", "arXiv 2505.23585", {**_SEQUENCE_SUM, "beta": 0.0}, "length_weighted"),
    "pass_at_k": Preset("GRPO for pass@k", "arXiv 2503.19595", {**_TOKEN_MEAN, "beta": 0.0}, "best"),
    "ppo": Preset(
        "PPO with a critic",
        "arXiv 1707.06347",
        {**_TOKEN_MEAN, "num_iterations": 2, "num_generations": 1, "beta": 0.0},
        "critic",
    ),
    "expert_iteration": Preset(
        "Expert iteration", "arXiv 1705.08439", loop="iterated", iterated=Rounds(keep="correct")
    ),
    "raft": Preset("RAFT", "arXiv 2304.06767", loop="iterated", iterated=Rounds(keep="best")),
    "superhf": Preset("SuperHF", "arXiv 2310.16763", loop="iterated", iterated=Rounds(keep="best", kl=0.1)),
}

NOT_HERE = {
    "direct_dapo": "`direct_dapo` (Direct Advantage Policy Optimization, arXiv 2412.18279) is offline and not "
    "built in; `dapo` is the other paper of that short name (arXiv 2503.14476).",
}


def preset(section: AlgorithmSection) -> Preset | None:
    """Return the preset that the section names, or None if it names none. Raises `AlgorithmError`."""
    name = section.name
    if name is None:
        return None
    if name in NOT_HERE:
        raise AlgorithmError(NOT_HERE[name])
    if name not in PRESETS:
        raise AlgorithmError(unknown_name("algorithm", name, PRESETS))
    return PRESETS[name]


def is_iterated(section: AlgorithmSection) -> bool:
    """Return whether the algorithm fine-tunes on its own best samples in rounds. Raises `AlgorithmError`."""
    found = preset(section)
    return found is not None and found.loop == "iterated"


def rounds_of(section: AlgorithmSection) -> Rounds:
    """Return an iterated algorithm's rounds: the section's own fields over the preset's. Raises `AlgorithmError`."""
    found = preset(section)
    return Rounds.model_validate(_merged(found.iterated if found else None, section.iterated))


def dynamic_of(section: AlgorithmSection) -> Dynamic:
    """Return dynamic sampling: the section's own fields over the preset's. Raises `AlgorithmError`."""
    found = preset(section)
    return Dynamic.model_validate(_merged(found.dynamic if found else None, section.dynamic))


def _merged(below: Section | None, own: Section | None) -> dict[str, Any]:
    """Return the fields of two sections, `own` first; None in it leaves a field to `below`."""
    plain = below.model_dump(exclude_unset=True) if below else {}
    return plain | (own.model_dump(exclude_none=True) if own else {})


def check_traps(section: AlgorithmSection, trl: Mapping[str, Any]) -> None:
    """Refuse settings that make an algorithm silently another one, or that it does not read.

    Args:
        section: the algorithm.
        trl: all fields for TRL's config, those of the preset included.

    Raises:
        AlgorithmError: names the field, what it would do and what to set.
    """
    found = preset(section)
    unused = unused_setting(section, trl, found.credit if found else None, found.loop if found else "online")
    if unused is not None:
        raise AlgorithmError(unused)
    if trl.get("loss_type") == "cispo" and (trl.get("epsilon_high") or 0.0) < 1.0:
        raise AlgorithmError(
            "trl.epsilon_high is the largest importance weight of loss_type cispo; below 1 it only shrinks every "
            "gradient. Set it to 5.0 (algorithm.name: cispo does)."
        )
    if found is None or found.loop == "online":
        _check_sampling(trl)
    if found is not None and found.credit == "critic" and _ratio_is_one(trl):
        raise AlgorithmError(
            "PPO with one pass over each generation batch has ratio 1 throughout, so clipping does nothing. Set "
            "trl.num_iterations to 2 or more, or trl.steps_per_generation above gradient_accumulation_steps."
        )
    steps = int(trl.get("max_steps") or 0)
    if 0 < steps <= section.value_warmup:
        raise AlgorithmError(only_warm_up(section.value_warmup, steps))
    if section.kl == "reward" and not trl.get("beta"):
        raise AlgorithmError(
            "algorithm.kl: reward takes its weight from trl.beta, which is 0; set it above 0."
        )
    samples = int(trl.get("num_generations") or 8)
    if samples < 2 and (found is None or found.credit not in ONE_IS_ENOUGH):
        raise AlgorithmError(
            "trl.num_generations: 1 leaves nothing to compare a sample with. Set 2 or more, or an algorithm that needs "
            "no group: remax, reinforce_pp, ppo."
        )
    dynamic = dynamic_of(section)
    if dynamic.pool != "uniform" and not dynamic.budget:
        raise AlgorithmError(
            f"algorithm.dynamic.pool: {dynamic.pool} chooses the prompts of extra batches; budget 0 samples "
            "none. Set algorithm.dynamic.budget, or leave the pool out."
        )
    if dynamic.budget and samples < 2:
        raise AlgorithmError(
            "algorithm.dynamic compares the samples of a prompt: set trl.num_generations above 1."
        )
    if dynamic.budget and found is not None and found.credit in LEARNS_FROM_DEAD:
        raise AlgorithmError(
            f"algorithm.dynamic replaces groups whose samples all have one reward, and {section.name} learns from them "
            "too: its batch would no longer be the one that its advantages are of. Leave it out."
        )
    if found is not None and found.iterated is not None:
        _check_rounds(section, found.iterated)


def _check_rounds(section: AlgorithmSection, plain: Rounds) -> None:
    """Refuse rounds that make the algorithm another one, and a bound that they do not read."""
    rounds = rounds_of(section)
    if rounds.keep != plain.keep:
        raise AlgorithmError(
            f"algorithm.name: {section.name} is defined by algorithm.iterated.keep: {plain.keep}, but the config says "
            f"{rounds.keep}. Leave out one of the two."
        )
    if rounds.above and rounds.keep == "correct":
        raise AlgorithmError(
            "algorithm.iterated.above has no effect with keep: correct, which asks only whether a sample is right. "
            "Leave it out, or use an algorithm that keeps the best: raft, superhf."
        )


def _check_sampling(trl: Mapping[str, Any]) -> None:
    """Refuse to sample from a cut distribution where importance ratios are used: TRL takes them of the full one."""
    sampling = {**trl, **(trl.get("generation_kwargs") or {})}
    off = {"top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    cut = [f"trl.{k}={sampling[k]}" for k in off if sampling.get(k) not in (off[k], None)]
    if cut and (trl.get("use_vllm") or not _ratio_is_one(trl)):
        raise AlgorithmError(
            f"{', '.join(cut)}: importance ratios compare the full distribution with another one and are biased. "
            "Leave top_p, top_k, min_p and repetition_penalty at their defaults when importance ratios are used "
            "(several iterations or steps per generation, or vLLM)."
        )


def _ratio_is_one(trl: Mapping[str, Any]) -> bool:
    """Return whether the weights of each step sampled its batch themselves; the test is TRL's."""
    accumulation = int(trl.get("gradient_accumulation_steps") or 1)
    steps = int(trl.get("steps_per_generation") or accumulation)
    if trl.get("generation_batch_size"):
        each = int(trl.get("per_device_train_batch_size") or 8) * int(os.environ.get("WORLD_SIZE", "1"))
        steps = max(1, int(trl["generation_batch_size"]) // each)
    return accumulation % (steps * int(trl.get("num_iterations") or 1)) == 0
