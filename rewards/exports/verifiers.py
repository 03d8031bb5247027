"""verifiers: a function for `Rubric(funcs=[...])`, or a `@vf.reward` method of a `verifiers.v1` task.

    rubric = vf.Rubric(funcs=[as_verifiers("number")])          # verifiers 0.1

    class Sums(vf.Task):                                         # verifiers.v1, tested with 0.4
        number = vf.reward(as_verifiers("number", api="task"))

A rubric turns what a reward raises into 0 and knows no masking: a sample that no verifier could judge gets
`on_masked`, and its status stands in `state["reward_status"]`. A task can leave a trace without a score: there the
default is "raise".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

from rewards.exports.base import Exportable, OnMasked, reason_of
from rewards.exports.columns import SingleReference
from rewards.text import content_text


def as_verifiers(
    what: Exportable,
    /,
    *,
    api: Literal["rubric", "task"] = "rubric",
    reference: str | None = None,
    on_masked: OnMasked | None = None,
    name: str | None = None,
    **params: Any,
) -> Callable[..., Any]:
    """Return a reward function for verifiers.

    Args:
        what: the name of a reward, a reward, a suite, or the `rewards` list of a config.
        api: "rubric" for `vf.Rubric`, "task" for a method of a `verifiers.v1` task, to be marked with `vf.reward`.
        reference: the column that the environment's `answer` fills; by default `answer`, or the only one needed.
        on_masked: what a sample costs that no verifier could judge: "floor", "raise" (tasks only), or a number.
            The default is "floor" for a rubric and "raise" for a task.
        name: the name in metrics.
        **params: parameters of the reward, where `what` is a name.

    Raises:
        RewardError: no such reward or parameter, or a choice the engine cannot honour.
    """
    if api == "rubric":
        return RubricReward(what, params, name, reference, "floor" if on_masked is None else on_masked)
    scorer = TaskReward(what, params, name, reference, "raise" if on_masked is None else on_masked)

    async def reward(self: Any, trace: Any) -> float:
        return await scorer.of_trace(trace)

    reward.__name__ = reward.__qualname__ = scorer.__name__
    return reward


class RubricReward(SingleReference):
    """A function of a verifiers rubric; see `as_verifiers`."""

    swallows = "a rubric"

    async def __call__(
        self, completion: Any, prompt: Any = None, answer: Any = "", state: Any = None, **given: Any
    ) -> float:
        """Return the total; `info` and the row's other columns are columns of the reward."""
        info = given.get("info")
        columns = {**given, **(info if isinstance(info, Mapping) else {})}
        rollout = self.rollout(turns(completion), prompt, {**columns, self.reference: answer})
        verdict = (await asyncio.to_thread(self.verdicts, [rollout]))[0]
        if state is not None:
            told = {"status": verdict.status.value, "reason": reason_of(verdict)}
            state["reward_status"] = {**(state.get("reward_status") or {}), self.__name__: told}
        return self.value(verdict)


class TaskReward(SingleReference):
    """Scores a trace of verifiers.v1; see `as_verifiers`."""

    async def of_trace(self, trace: Any) -> float:
        """Return the total of the sampled turns; every field of the task's data is a column."""
        data = trace.task.data
        columns = data.model_dump(mode="json")
        said = [node.message for node in trace.nodes if node.sampled or node.message.role == "tool"]
        completion = turns(said)
        if trace.root_reply is not None:
            completion.append({"role": "assistant", "content": trace.root_reply})
        rollout = self.rollout(completion, data.prompt_text, columns)
        verdict = (await asyncio.to_thread(self.verdicts, [rollout]))[0]
        told = {"status": verdict.status.value, "reason": reason_of(verdict)}
        trace.info.setdefault("reward_status", {})[self.__name__] = told
        return self.value(verdict)


def turns(completion: Any) -> Any:
    """Return text as it is, and messages of any kind as plain chat turns with structured tool calls."""
    if isinstance(completion, str):
        return completion
    return [_turn(message) for message in completion]


def _turn(message: Any) -> dict[str, Any]:
    plain = (
        dict(message) if isinstance(message, Mapping) else message.model_dump(mode="json", exclude_none=True)
    )
    turn = {"role": plain.get("role", "assistant"), "content": content_text(plain.get("content"))}
    if plain.get("tool_calls"):
        turn["tool_calls"] = [_call(call) for call in plain["tool_calls"]]
    return turn


def _call(call: Any) -> dict[str, Any]:
    plain = call if isinstance(call, Mapping) else call.model_dump(mode="json")
    function = plain.get("function") or {"name": plain.get("name"), "arguments": plain.get("arguments")}
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):  # the model wrote no JSON: the reward sees what it wrote
            arguments = json.loads(arguments)
    return {"type": "function", "function": {"name": function.get("name"), "arguments": arguments}}
