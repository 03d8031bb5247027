"""The fewest tool calls with which each question was answered so far: what `otc_group` with `carry` compares with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rewards import Rollout, Suite, Verdict
from rewards.tool_efficiency.reward import LEAST


class CarriedLeast:
    """A running minimum per question. Its only state lies in the checkpoint.

    Args:
        suite: the rewards; without a term `otc_group` that carries, nothing is kept.
    """

    def __init__(self, suite: Suite) -> None:
        carrying = (t for t in suite.terms if t.reward.name == "otc_group" and t.reward.params.get("carry"))
        self.labels = [term.label for term in carrying]
        self.least: dict[str, int] = {}

    def columns(self, prompt_id: str) -> dict[str, Any]:
        """Return the column for a question's samples; empty where nothing is known or wanted."""
        return {LEAST: self.least[prompt_id]} if prompt_id in self.least else {}

    def update(self, rollouts: Sequence[Rollout], verdicts: Sequence[Verdict]) -> None:
        """Take in a scored batch, of all ranks."""
        for rollout, verdict in zip(rollouts, verdicts, strict=True):
            for label in self.labels:
                score = verdict.scores.get(label)
                if score is not None and "least" in score.parts:
                    found = int(score.parts["least"])
                    self.least[rollout.prompt_id] = min(found, self.least.get(rollout.prompt_id, found))

    def state(self) -> dict[str, int]:
        """Return what a checkpoint keeps."""
        return dict(self.least)

    def restore(self, state: Mapping[str, int]) -> None:
        """Take up what `state` gave."""
        self.least = dict(state)
