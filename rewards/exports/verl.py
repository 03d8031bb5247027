"""verl: a `compute_score` for `reward.custom_reward_function`.

verl has no masking: a sample that no verifier could judge gets `on_masked`, with `masked` = 1 and its `status`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rewards.exports.base import Exportable, OnMasked, reason_of
from rewards.exports.columns import SingleReference


def as_verl(
    what: Exportable,
    /,
    *,
    reference: str | None = None,
    on_masked: OnMasked = "floor",
    name: str | None = None,
    **params: Any,
) -> VerlReward:
    """Return verl's `compute_score(data_source, solution_str, ground_truth, extra_info=None, **kwargs) -> dict`.

    Args:
        what: the name of a reward, a reward, a suite, or the `rewards` list of a config.
        reference: the column that `ground_truth` fills; by default `answer`, or the only one needed. The other
            columns, and `prompt`, come from `extra_info`, `data_source` and verl's `reward_kwargs`.
        on_masked: "floor" (the lowest total, the default), "raise" (verl stops), or a number.
        name: how the export is called in messages.
        **params: parameters of the reward, where `what` is a name.

    Raises:
        RewardError: no such reward or parameter, or a choice the engine cannot honour.
    """
    return VerlReward(what, params, name, reference, on_masked)


class VerlReward(SingleReference):
    """verl's custom reward function; see `as_verl`."""

    def __call__(
        self,
        data_source: str,
        solution_str: str,
        ground_truth: Any,
        extra_info: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return `score`, `acc`, `masked`, `status`, `reason` and `reward/LABEL`: the same keys for every sample.

        `acc` is 1 where every paying reward is full, `reward/LABEL` NaN where that reward gave no value.
        """
        extra = dict(extra_info or {})
        columns = {**kwargs, "data_source": data_source, **extra, self.reference: ground_truth}
        verdict = self.verdicts([self.rollout(solution_str, extra.get("prompt"), columns)])[0]
        values = {label: score.value for label, score in verdict.scores.items()}
        terms = {t.label: values.get(t.label) for t in self.suite.terms}
        return {
            "score": self.value(verdict),
            "acc": float(bool(verdict.correct)),
            "masked": float(verdict.total is None),
            "status": verdict.status.value,
            "reason": reason_of(verdict),
            **{f"reward/{label}": math.nan if value is None else value for label, value in terms.items()},
        }
