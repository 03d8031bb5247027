"""How engines that pass one reference answer per sample fill the columns a reward names, and what masked costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rewards.contract import Rollout
from rewards.define import INJECTED
from rewards.errors import RewardError
from rewards.exports.base import Exportable, Exported, OnMasked, floor_of, reason_of
from rewards.suite import Suite, Verdict

ANSWER = "answer"


class MaskedSample(Exception):  # noqa: N818 - it names a state of the sample
    """No verifier could judge the sample, and `on_masked` is "raise"."""


class SingleReference(Exported):
    """An export to an engine that gives a reward one reference answer and knows no masking.

    Args:
        what: the reward or suite.
        params: parameters of the reward, where `what` is a name.
        name: its name in metrics.
        reference: the column that receives the engine's reference answer; found by itself where the rewards
            name `answer`, or need exactly one column.
        on_masked: the value of a sample that no verifier could judge, see `OnMasked`.
    """

    swallows: str = ""
    """The engine's name, if it turns exceptions of a reward into something else."""

    def __init__(
        self,
        what: Exportable,
        params: Mapping[str, Any],
        name: str | None = None,
        reference: str | None = None,
        on_masked: OnMasked = "floor",
    ) -> None:
        super().__init__(what, params, name)
        self.reference = reference or _reference(self.suite)
        self.on_masked = on_masked
        if on_masked == "raise" and self.swallows:
            raise RewardError(
                f'on_masked="raise" has no effect here: {self.swallows} logs what a reward raises and goes on with '
                'another value. Use "floor" or a number.'
            )
        if on_masked not in ("floor", "raise") and not _is_number(on_masked):
            raise RewardError(f'on_masked must be "floor", "raise" or a finite number, not {on_masked!r}.')

    def value(self, verdict: Verdict) -> float:
        """Return the total, or what `on_masked` says. Raises `MaskedSample`."""
        if verdict.total is not None:
            return verdict.total
        if self.on_masked == "raise":
            raise MaskedSample(
                f"reward `{self.__name__}`: {verdict.status.value}: {reason_of(verdict) or 'masked'}"
            )
        return floor_of(self.suite) if self.on_masked == "floor" else float(self.on_masked)

    def rollout(
        self, completion: str | Sequence[Mapping[str, Any]], prompt: Any, columns: Mapping[str, Any]
    ) -> Rollout:
        """Return the rollout. Raises `RewardError` where a reward names `prompt` and the engine gave none."""
        wanting = [t.label for t in self.suite.terms if "prompt" in t.reward.spec.wants]
        if prompt is None and wanting:
            raise RewardError(
                f"reward `{wanting[0]}` needs the prompt, which was not given; put it in the row."
            )
        return Rollout(completion, prompt or "", columns)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _reference(suite: Suite) -> str:
    named = {w for term in suite.terms for w in term.reward.spec.wants if w not in INJECTED}
    needed = sorted({column for term in suite.terms for column in term.reward.spec.columns})
    if ANSWER in named or not needed:
        return ANSWER
    if len(needed) == 1:
        return needed[0]
    raise RewardError(
        f"the engine gives one reference answer; the rewards need {len(needed)} columns ({', '.join(needed)}). "
        "Say which it fills: reference=..."
    )
