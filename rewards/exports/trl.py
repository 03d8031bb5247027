"""TRL: a callable for `reward_funcs` of GRPOTrainer, RLOOTrainer and AsyncGRPOTrainer.

    trainer = GRPOTrainer(model, reward_funcs=[as_trl("number", where="boxed")], ...)

A masked sample is None, which TRL leaves out of its group. `rewards/NAME/...` are TRL's own metrics; beside them
stand `NAME/status/...` (shares) and, for a suite, `NAME/term/...` (means).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rewards.contract import Rollout, Source, Status
from rewards.errors import RewardError
from rewards.exports.base import Exportable, Exported, reason_of
from rewards.suite import Verdict


def as_trl(
    what: Exportable, /, *, sync: bool = True, name: str | None = None, **params: Any
) -> TrlReward | AsyncTrlReward:
    """Return a reward function for TRL.

    Args:
        what: the name of a reward, a reward, a suite, or the `rewards` list of a config.
        sync: False returns a coroutine function; TRL awaits all of these together, while the rewards run in
            their worker processes.
        name: the name in TRL's metrics. By default the reward's own, with its parameters; two different
            rewards never share one.
        **params: parameters of the reward, where `what` is a name.

    The result can be pickled, as AsyncGRPOTrainer needs.

    Raises:
        RewardError: no such reward or parameter, or a reward that compares the samples of a group.
    """
    return (TrlReward if sync else AsyncTrlReward)(what, params, name)


class _Trl(Exported):
    def _judge(self, given: Mapping[str, Any]) -> tuple[list[float | None], list[Verdict]]:
        verdicts = self.verdicts(_rollouts(given), _progress(given.get("trainer_state")))
        return [verdict.total for verdict in verdicts], verdicts

    def _log(self, verdicts: Sequence[Verdict], given: Mapping[str, Any]) -> None:
        if (metric := given.get("log_metric")) is not None and verdicts:
            for key, value in self._metrics(verdicts).items():
                metric(f"{self.__name__}/{key}", value)
        if (extra := given.get("log_extra")) is not None:
            extra(f"{self.__name__}/status", [verdict.status.value for verdict in verdicts])
            extra(f"{self.__name__}/reason", [reason_of(verdict) for verdict in verdicts])

    def _metrics(self, verdicts: Sequence[Verdict]) -> dict[str, float]:
        counts = Counter(verdict.status for verdict in verdicts)
        # all six at every step: TRL averages over the steps at which a metric was given
        found = {f"status/{status.value}": counts[status] / len(verdicts) for status in Status}
        labels = [term.label for term in self.suite.terms]
        for label in labels if len(labels) > 1 else ():
            scores = [verdict.scores[label].value for verdict in verdicts if label in verdict.scores]
            values = [value for value in scores if value is not None]
            if values:
                found[f"term/{label}"] = sum(values) / len(values)
        return found


class TrlReward(_Trl):
    """A reward function for TRL, called with keywords; see `as_trl`."""

    def __call__(self, **given: Any) -> list[float | None]:
        """Return one value per completion; None where the sample is masked."""
        values, verdicts = self._judge(given)
        self._log(verdicts, given)
        return values


class AsyncTrlReward(_Trl):
    """A coroutine reward function for TRL, called with keywords; see `as_trl`."""

    async def __call__(self, **given: Any) -> list[float | None]:
        """Return one value per completion; None where the sample is masked."""
        values, verdicts = await asyncio.to_thread(self._judge, given)
        self._log(verdicts, given)
        return values


NOT_COLUMNS = ("prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric")


def _rollouts(given: Mapping[str, Any]) -> list[Rollout]:
    completions = given.get("completions")
    if completions is None:
        raise RewardError(
            "a TRL reward is called with keywords, `completions` among them; got " + _names(given) + "."
        )
    count = len(completions)
    columns = {key: value for key, value in given.items() if key not in NOT_COLUMNS}
    for key, value in columns.items():
        if not isinstance(value, list | tuple) or len(value) != count:
            raise RewardError(
                f"column `{key}` must be a list of {count} values, one per completion; got {value!r:.80}."
            )
    prompts = _each(given.get("prompts"), count, "")
    tokens = _each(given.get("completion_ids"), count, None)
    source = _source(given.get("trainer_state"))
    return [
        Rollout(
            completion=completions[i],
            prompt=prompts[i],
            columns={key: value[i] for key, value in columns.items()},
            completion_tokens=None if tokens[i] is None else len(tokens[i]),
            source=source,
        )
        for i in range(count)
    ]


def _each(values: Sequence[Any] | None, count: int, default: Any) -> Sequence[Any]:
    return [default] * count if values is None else values


def _source(state: Any) -> Source:
    return Source(step=int(getattr(state, "global_step", 0) or 0), epoch=int(getattr(state, "epoch", 0) or 0))


def _progress(state: Any) -> float:
    step, last = getattr(state, "global_step", 0), getattr(state, "max_steps", 0)
    return min(step / last, 1.0) if last and last > 0 else 1.0


def _names(given: Mapping[str, Any]) -> str:
    return ", ".join(sorted(given)) or "nothing"
