"""The config's section `algorithm`: which algorithm, and what TRL's own fields do not say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from reasoners.section import Section


class DynamicSection(Section):
    """Replace dead groups (all samples of a prompt with one reward) before the step; DAPO, arXiv 2503.14476."""

    budget: int | None = Field(
        None,
        ge=0,
        description="at most this many more generation batches a step; 0 = off; None = as the preset says, or 0",
    )
    pool: Literal["uniform", "difficulty"] = Field(
        "uniform", description="difficulty draws replacing prompts by p (1 - p) of their recent pass rate"
    )


class Dynamic(DynamicSection):
    """Dynamic sampling with nothing left open; `presets.dynamic_of` makes it."""

    budget: int = Field(0, ge=0)


class CriticSection(Section):
    """PPO's critic: a model of its own that estimates the return before each token."""

    model: str | None = Field(None, description="a folder or hub id; None copies the policy's trunk")
    learning_rate: float = Field(1e-5, gt=0)
    lora: bool = Field(False, description="train adapters of the policy's LoRA shape and the head only")
    clip: float | None = Field(0.2, gt=0, description="clip the value's change; None = off")
    loss: Literal["mse", "hl_gauss"] = Field(
        "mse", description="hl_gauss: classification over bins (Stop Regressing, arXiv 2403.03950)"
    )
    bins: int = Field(51, gt=1)
    low: float = Field(
        -1.0,
        allow_inf_nan=False,
        description="least return that the bins cover; others count as the nearest (see critic/outside)",
    )
    high: float = Field(
        1.0,
        allow_inf_nan=False,
        description="greatest return that the bins cover; critic/outside is the share of tokens beyond",
    )
    sigma: float = Field(
        0.75, gt=0, allow_inf_nan=False, description="width of the target's Gaussian, in bins"
    )

    @model_validator(mode="after")
    def _bins_cover_something(self) -> CriticSection:
        if self.low >= self.high:
            raise ValueError(
                f"low: {self.low} and high: {self.high} leave no room for bins; set low below the least return "
                "and high above the greatest"
            )
        return self

    @model_validator(mode="after")
    def _the_loss_reads_what_is_set(self) -> CriticSection:
        plain = {name: field.default for name, field in type(self).model_fields.items()}
        unread = ("bins", "low", "high", "sigma") if self.loss == "mse" else ("clip",)
        for name in unread:
            if getattr(self, name) != plain[name]:
                reader = "hl_gauss" if self.loss == "mse" else "mse"
                raise ValueError(
                    f"{name} has no effect with loss: {self.loss}, only with {reader}; leave it out"
                )
        return self


class IteratedSection(Section):
    """Rounds of sampling and supervised fine-tuning; samples per prompt are `trl.num_generations`."""

    rounds: int = Field(4, gt=0)
    prompts: int | None = Field(None, gt=0, description="prompts of a round; None = all")
    keep: Literal["correct", "best"] | None = Field(
        None, description="all right samples, or each prompt's best; None = as the preset says"
    )
    above: float = Field(0.0, description="keep: best keeps a sample only if it is paid more than this")
    epochs: int = Field(1, gt=0, description="passes of fine-tuning over what was kept")
    kl: float | None = Field(
        None,
        ge=0,
        description="weight of KL(policy || base model) while fine-tuning; None = as the preset says, or 0",
    )


class Rounds(IteratedSection):
    """The rounds with nothing left open; `presets.rounds_of` makes it."""

    keep: Literal["correct", "best"] = "correct"
    kl: float = Field(0.0, ge=0)


class AlgorithmSection(Section):
    """The algorithm by name (see `docs/algorithms.md`); without a name TRL's fields stand as they are."""

    name: str | None = Field(
        None, description="grpo, dr_grpo, dapo, rloo, loop, remax, reinforce_pp, ppo, ..."
    )
    std_floor: float = Field(0.0, ge=0, description="least standard deviation a group is scaled by")
    dynamic: DynamicSection | None = Field(None, description="None = as the preset says")
    gamma: float = Field(1.0, gt=0, le=1, description="PPO: discount per token")
    lam: float = Field(0.95, ge=0, le=1, description="PPO: lambda of generalised advantage estimation")
    whiten: bool = Field(True, description="PPO: advantages to mean 0 and variance 1 over the batch's tokens")
    kl: Literal["loss", "reward"] = Field("loss", description="PPO: where trl.beta times the KL goes")
    value_warmup: int = Field(0, ge=0, description="PPO: optimizer steps that train the critic only")
    critic: CriticSection = CriticSection()
    iterated: IteratedSection | None = Field(None, description="None = as the preset says")
