"""OpenRLHF: a `reward_func(queries, prompts, labels)` for the file that `remote_rm_url` names.

OpenRLHF has no masking, and logs what a reward raises: a sample that no verifier could judge gets `on_masked`, with
`masked` = 1 among its `extra_logs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from rewards.contract import Score, Status
from rewards.errors import RewardError
from rewards.exports.base import Exportable, OnMasked
from rewards.exports.columns import SingleReference
from rewards.suite import Verdict

STOPS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<end_of_turn>",
    "<eos>",
    "</s>",
    "<pad>",
)
"""Special tokens that OpenRLHF leaves at the end of a query."""


def as_openrlhf(
    what: Exportable,
    /,
    *,
    reference: str | None = None,
    on_masked: OnMasked = "floor",
    stops: Sequence[str] = STOPS,
    name: str | None = None,
    **params: Any,
) -> OpenRlhfReward:
    """Return OpenRLHF's `reward_func(queries, prompts, labels, **kwargs) -> dict`.

    Args:
        what: the name of a reward, a reward, a suite, or the `rewards` list of a config.
        reference: the column that `labels` fills; by default `answer`, or the only one needed.
        on_masked: "floor" (the lowest total, the default) or a number.
        stops: special tokens to take off the end of a completion.
        name: how the export is called in messages.
        **params: parameters of the reward, where `what` is a name.

    Raises:
        RewardError: no such reward or parameter, or one that needs more columns than OpenRLHF passes.
    """
    return OpenRlhfReward(what, params, name, reference, on_masked, tuple(stops))


class OpenRlhfReward(SingleReference):
    """OpenRLHF's custom reward function; see `as_openrlhf`."""

    swallows = "OpenRLHF"

    def __init__(
        self,
        what: Exportable,
        params: Mapping[str, Any],
        name: str | None = None,
        reference: str | None = None,
        on_masked: OnMasked = "floor",
        stops: tuple[str, ...] = STOPS,
    ) -> None:
        super().__init__(what, params, name, reference, on_masked)
        self.stops = stops
        for term in self.suite.terms:
            missing = [column for column in term.reward.spec.columns if column != self.reference]
            if missing:
                raise RewardError(
                    f"reward `{term.label}` needs column `{missing[0]}`; OpenRLHF passes one label per sample, here "
                    f"as `{self.reference}`. Pack what it needs into the label, or leave the reward out."
                )

    def __call__(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **kwargs: Any
    ) -> dict[str, Any]:
        """Return tensors of shape (len(queries),): `rewards`, `scores`, and `extra_logs` by status and reward."""
        verdicts = self._verdicts(queries, prompts, labels)
        values = [self.value(verdict) for verdict in verdicts]
        logs = {"masked": [float(verdict.total is None) for verdict in verdicts]}
        for status in Status:
            logs[f"status/{status.value}"] = [float(verdict.status is status) for verdict in verdicts]
        torch: Any = import_module("torch")  # OpenRLHF's process has it; scoring does not need it

        def tensor(numbers: list[float]) -> Any:
            return torch.tensor(numbers, dtype=torch.float32)

        extra = {key: tensor(numbers) for key, numbers in logs.items()}
        return {"rewards": tensor(values), "scores": tensor(values), "extra_logs": extra}

    def _verdicts(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]
    ) -> list[Verdict]:
        if not len(queries) == len(prompts) == len(labels):
            counts = f"{len(queries)} queries, {len(prompts)} prompts, {len(labels)} labels"
            raise RewardError(f"OpenRLHF gave lists of different length: {counts}.")
        found = [self._completion(q, p) for q, p in zip(queries, prompts, strict=True)]
        rows = zip(found, prompts, labels, strict=True)
        judged = iter(
            self.verdicts(
                [self.rollout(c, p, {self.reference: label}) for c, p, label in rows if c is not None]
            )
        )
        return [UNREADABLE if c is None else next(judged) for c in found]

    def _completion(self, query: str, prompt: str) -> str | None:
        """Return what follows the prompt; None if the prompt is not in the query: never score the prompt itself."""
        _, sign, text = query.partition(prompt) if prompt else ("", "", query)
        if prompt and not sign:
            return None
        while (stripped := _without(text.rstrip(), self.stops)) is not None:
            text = stripped
        return text


def _without(text: str, stops: Sequence[str]) -> str | None:
    for stop in stops:
        if stop and text.endswith(stop):
            return text.removesuffix(stop)
    return None


_REASON = "the query does not contain its prompt (cut at the maximal length?)"
UNREADABLE = Verdict(None, None, Status.ERROR, {"query": Score(None, Status.ERROR, {}, _REASON)})
