"""The verifiers export: by its call always, and through the real `Rubric` (0.1) or `Task` (0.4) where installed."""

import asyncio
import inspect
import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from rewards import RewardError
from rewards.exports import as_verifiers
from rewards.exports.columns import MaskedSample

CALL = {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"q": "42"}'}}
FLAT = {"id": "1", "name": "look", "arguments": '{"q": "42"}'}


def said(text: str, **rest: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": text, **rest}]


def test_as_a_rubric_calls_it(plugin: str) -> None:
    state: dict[str, Any] = {}
    fn = as_verifiers(f"{plugin}:digits")
    assert fn.__name__ == "digits"
    assert inspect.iscoroutinefunction(fn.__call__)
    assert (
        asyncio.run(fn(prompt="p", completion=said("12ab"), answer="12", state=state, info={}, parser=None))
        == 0.5
    )
    assert state["reward_status"] == {"digits": {"status": "scored", "reason": ""}}
    assert asyncio.run(fn(completion="12ab", answer="", state=state)) == 0.0
    assert state["reward_status"]["digits"]["status"] == "bad_reference"
    gold = as_verifiers(f"{plugin}:two", reference="left")
    assert asyncio.run(gold(completion="b", answer="a", info={"right": "b"})) == 1.0
    assert asyncio.run(pickle.loads(pickle.dumps(fn))(completion="1", answer="1")) == 1.0


@pytest.mark.parametrize("call", [CALL, FLAT, SimpleNamespace(model_dump=lambda mode: FLAT)])
def test_tool_calls_come_structured(plugin: str, call: Any) -> None:
    fn = as_verifiers(f"{plugin}:calls")
    assert asyncio.run(fn(completion=said("", tool_calls=[call]), answer="42")) == 1.0
    assert asyncio.run(fn(completion=said('look({"q": "42"})'), answer="42")) == 0.0


def test_what_a_rubric_cannot_honour_is_refused() -> None:
    with pytest.raises(RewardError, match="a rubric logs what a reward raises"):
        as_verifiers("number", on_masked="raise")


def test_through_the_real_rubric(plugin: str) -> None:
    reason = "the real Rubric: verifiers 0.1 is not installed here (tested by its documented call above)"
    vf = pytest.importorskip("verifiers", reason=reason, exc_type=ImportError)
    if not hasattr(vf, "Rubric"):
        pytest.skip(reason)
    fns = [as_verifiers(f"{plugin}:signed"), as_verifiers(f"{plugin}:digits", scale=0.5)]
    rubric = vf.Rubric(funcs=fns, weights=[1.0, 2.0])

    def scored(text: str, answer: str) -> Any:
        state = vf.State(input={"prompt": "p", "answer": answer, "example_id": 0, "task": "t"})
        state.update(completion=said(text), timing={"scoring_ms": 0.0, "total_ms": 0.0}, trajectory=[])
        asyncio.run(rubric.score_rollout(state))
        return state

    good = scored("12", "12")
    assert (good["reward"], good["metrics"]) == (2.0, {"signed": 1.0, "digits(scale=0.5)": 0.5})
    masked = scored("12", "")
    assert masked["metrics"] == {"signed": -1.0, "digits(scale=0.5)": 0.0}
    assert masked["reward_status"]["signed"] == {
        "status": "bad_reference",
        "reason": "signed: no gold answer",
    }


def test_through_a_real_task(plugin: str) -> None:
    reason = (
        "a real verifiers.v1 task: verifiers 0.4 is not installed here (tested by the trace's shape below)"
    )
    vf = pytest.importorskip("verifiers.v1", reason=reason, exc_type=ImportError)
    if not hasattr(vf, "TaskData"):
        pytest.skip(reason)

    class Data(vf.TaskData):  # type: ignore[name-defined, misc]
        answer: str

    class Sums(vf.Task):  # type: ignore[name-defined, misc]
        digits = vf.reward(as_verifiers(f"{plugin}:digits", api="task"), weight=2.0)

    def trace_of(text: str, answer: str) -> Any:
        from verifiers.v1.agent import AgentConfig
        from verifiers.v1.graph import MessageNode
        from verifiers.v1.trace import AgentInfo, TraceTask

        task = Sums(Data(prompt="p", answer=answer))
        about, agent = TraceTask(type="Sums", data=task.data), AgentInfo(config=AgentConfig())
        trace = vf.Trace(task=about, agent=agent)
        trace.nodes.append(MessageNode(message=vf.UserMessage(content="p")))
        trace.nodes.append(MessageNode(parent=0, message=vf.AssistantMessage(content=text), sampled=True))
        asyncio.run(task.score(trace))
        return trace

    good = trace_of("12ab", "12")
    assert (good.rewards["digits"].score, good.reward) == (0.5, 1.0)
    assert good.info["reward_status"] == {"digits": {"status": "scored", "reason": ""}}
    with pytest.raises(Exception, match="digits: the answer is empty"):
        trace_of("12ab", "")


class Trace:
    """What the export reads of a trace."""

    def __init__(self, data: Any, nodes: list[Any]) -> None:
        self.task, self.nodes, self.root_reply = SimpleNamespace(data=data), nodes, None
        self.info: dict[str, Any] = {}


def test_a_task_reward_by_the_shape_of_a_trace(plugin: str) -> None:
    fn = as_verifiers(f"{plugin}:calls", api="task")
    assert list(inspect.signature(fn).parameters) == ["self", "trace"]
    assert fn.__name__ == "calls"
    data = SimpleNamespace(prompt_text="p", model_dump=lambda mode: {"answer": "42"})
    turn = SimpleNamespace(
        role="assistant", model_dump=lambda mode, exclude_none: said("", tool_calls=[FLAT])[0]
    )
    trace = Trace(data, [SimpleNamespace(sampled=True, message=turn)])
    assert asyncio.run(fn(None, trace)) == 1.0
    assert trace.info["reward_status"]["calls"]["status"] == "scored"
    empty = as_verifiers(f"{plugin}:digits", api="task")
    nothing = SimpleNamespace(prompt_text="p", model_dump=lambda mode: {"answer": ""})
    with pytest.raises(MaskedSample, match="the answer is empty"):
        asyncio.run(empty(None, Trace(nothing, [])))
