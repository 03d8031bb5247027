"""The config's section `progress`: forced answers in training, and what is made of them (MRT, arXiv 2503.07572)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reasoners.section import Section
from rewards.progress.segments import MARKERS, MIN_PARAGRAPHS


class ProgressSection(Section):
    """Estimate, for each sample, the probability of success J if it had to answer after each episode of its thought."""

    estimate: Literal["samples", "logprob"] = Field(
        "samples",
        description="samples: share of right forced answers; logprob: probability of the reference answer",
    )
    samples: int = Field(4, gt=0, description="forced answers per prefix, for estimate: samples")
    probes: Literal["all", "ends"] = Field(
        "all", description="ends: before the first and after the last episode, enough for a scalar bonus"
    )
    placement: Literal["scalar", "tokens"] = Field(
        "scalar", description="scalar: through the reward `progress`; tokens: on each episode's own tokens"
    )
    weight: float = Field(1.0, ge=0, description="alpha, for placement: tokens")
    baseline: Literal["algorithm", "termination"] = Field(
        "algorithm",
        description="termination: the advantage is R - J_0, reward minus that of answering at once; R must be the "
        "outcome alone, 0 to 1",
    )
    outcome: str | None = Field(None, description="label of the reward that says right; None = all that pay")
    reference: str = Field("answer", description="column with the reference answer, for estimate: logprob")
    end: str = Field("</think>", description="text that ends the thought")
    stop: str = Field(
        "\n\nTime is up.\n", description="text that breaks an unfinished thought off, put before `end`"
    )
    header: str = Field(
        "\n\nThe answer is ", description="text after `end`, from which the model must answer"
    )
    answer_tokens: int = Field(32, gt=0, description="tokens of a forced answer")
    temperature: float = Field(1.0, ge=0, description="of forced answers; 0 = greedy")
    markers: list[str] = Field(list(MARKERS), description="how a paragraph begins that may open an episode")
    min_paragraphs: int = Field(
        MIN_PARAGRAPHS, gt=0, description="paragraphs of an episode before it can end"
    )
    max_cuts: int | None = Field(None, ge=0, description="at most this many cuts; None = no limit")
    group_size: int = Field(1, gt=0, description="neighbouring episodes merged into one")
