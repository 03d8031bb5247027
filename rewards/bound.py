"""A reward with its parameters set: the object that users, trainers and audits call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rewards.contract import Message, Rollout, Score
from rewards.define import Reward
from rewards.errors import RewardError
from rewards.judge import as_score, end_copy, failed, judge, judge_batch, lineage

if TYPE_CHECKING:
    from rewards.runner import Runner

COMPLETION_KEYS = ("completion", "messages", "prompt")


@dataclass(eq=False)
class BoundReward:
    """A reward and its parameters.

    `score` and `score_batch` never raise because of a completion: a hostile one gets a status.
    """

    spec: Reward
    params: Mapping[str, Any] = field(default_factory=dict)
    runner: Runner | None = None

    def __post_init__(self) -> None:
        self.spec = self.spec.scaled(self.params)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be made anew in another process: a reward that travels by reference arrives without its scale."""
        return BoundReward, (self.spec, self.params, self.runner)

    @property
    def name(self) -> str:
        """The reward's registered name."""
        return self.spec.name

    @property
    def full(self) -> float:
        """The value from which a completion is right: the top of the range, unless the reward says otherwise."""
        return self.spec.range[1] if self.spec.right_from is None else self.spec.right_from

    def score(
        self, *, completion: str | Sequence[Message] | None = None, prompt: Any = "", **columns: Any
    ) -> Score:
        """Score one completion; further keywords are the dataset row's columns.

        Example:
            >>> load_reward("number").score(completion="#### 42", answer="42").value
            1.0

        Raises:
            RewardError: a column the reward needs is not given.
        """
        return self.score_batch([{"completion": completion, "prompt": prompt, **columns}])[0]

    def score_batch(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        """Score rows with `completion` (or `messages`), optional `prompt`, and columns. Order is kept."""
        return self.score_rollouts([row_rollout(row) for row in rows])

    def score_rollouts(self, rollouts: Sequence[Rollout]) -> list[Score]:
        """Score rollouts; a row without a needed column raises `RewardError` before any is scored."""
        if self.spec.group:
            raise RewardError(f"`{self.name}` is a group reward: it compares samples; put it in a suite.")
        arguments = [self.spec.arguments(r) for r in rollouts]
        if self.spec.asynchronous:
            from rewards.async_runner import run_async

            return run_async(self.spec, self.params, arguments)
        if self.spec.cost == "inline":
            if self.spec.batch:
                return judge_batch(self.spec, self.params, arguments)
            return [judge(self.spec, self.params, a) for a in arguments]
        from rewards.runner import default_runner

        return (self.runner or default_runner()).run(self.spec, self.params, arguments)

    async def ascore_batch(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        """Score rows without holding up the caller's event loop. A cancelled await lets the batch run out."""
        import asyncio

        return await asyncio.to_thread(self.score_batch, rows)

    def score_group(self, rollouts: Sequence[Rollout], scores: Sequence[float | None]) -> list[Score]:
        """Apply a group reward to one prompt's whole group; a wrong length or a raise masks the group."""
        before = lineage()
        try:
            values = list(self.spec.fn(rollouts, scores, **self.params))
        except (Exception, SystemExit) as error:  # as for single rewards: named, counted, masked
            end_copy(before)
            return [failed(f"{type(error).__name__}: {error}")] * len(rollouts)
        end_copy(before)
        if len(values) != len(rollouts):
            return [failed(f"returned {len(values)} values for {len(rollouts)} rollouts")] * len(rollouts)
        return [as_score(self.spec, v) for v in values]


def row_rollout(row: Mapping[str, Any]) -> Rollout:
    """Turn a plain row (`completion` or `messages`, `prompt`, columns) into a rollout.

    Raises:
        RewardError: neither `completion` nor `messages` holds text or chat turns.
    """
    completion: Any = row.get("completion")
    if completion is None:
        completion = row.get("messages")
    turns = isinstance(completion, list | tuple) and all(isinstance(turn, Mapping) for turn in completion)
    if not turns and not isinstance(completion, str):
        raise RewardError(
            f"a row needs `completion` (text) or `messages` (chat turns); got {type(completion).__name__} "
            f"in a row with {', '.join(map(str, row)) or 'nothing'}."
        )
    columns = {k: v for k, v in row.items() if k not in COMPLETION_KEYS}
    return Rollout(completion=completion, prompt=row.get("prompt") or "", columns=columns)
