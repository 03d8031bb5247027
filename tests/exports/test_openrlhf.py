"""The OpenRLHF export: by its signature always, and through OpenRLHF's own agent executor where it is installed.

OpenRLHF's package needs a GPU's libraries to import; the executor's file does not, so the test loads that file alone.
To run it: pip install --no-deps openrlhf; pip install aiohttp
"""

import asyncio
import importlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from rewards import RewardError
from rewards.exports import as_openrlhf
from rewards.exports.files import module_text

torch = pytest.importorskip("torch", reason="OpenRLHF takes tensors: needs the extra [train]")
ASK = "<|im_start|>user\nask<|im_end|>\n<|im_start|>assistant\n"


def test_tensors_of_rewards_and_statuses(plugin: str) -> None:
    reward_func = as_openrlhf(f"{plugin}:signed")
    found = reward_func([ASK + "a<|im_end|>\n", ASK + "b", ASK + "c"], [ASK] * 3, ["a", "a", ""])
    assert found["rewards"].tolist() == found["scores"].tolist() == [1.0, -1.0, -1.0]
    assert found["extra_logs"]["masked"].tolist() == [0.0, 0.0, 1.0]
    assert found["extra_logs"]["status/bad_reference"].tolist() == [0.0, 0.0, 1.0]
    assert {tuple(values.shape) for values in found["extra_logs"].values()} == {(3,)}
    assert as_openrlhf(f"{plugin}:signed", on_masked=0.5)(["c"], [""], [""])["rewards"].tolist() == [0.5]


def test_the_prompt_is_never_scored(plugin: str) -> None:
    """A prompt that holds the answer must not pay, whatever became of the query."""
    reward_func = as_openrlhf("exact")
    found = reward_func(["42 what is it? 41", "is it? 42"], ["42 what is it? "] * 2, ["42", "42"])
    assert found["rewards"].tolist() == [0.0, 0.0]
    assert found["extra_logs"]["status/error"].tolist() == [0.0, 1.0]  # cut: where it begins is unknown
    assert found["extra_logs"]["masked"].tolist() == [0.0, 1.0]


def test_what_openrlhf_cannot_honour_is_refused(plugin: str) -> None:
    with pytest.raises(RewardError, match="OpenRLHF logs what a reward raises"):
        as_openrlhf("number", on_masked="raise")
    with pytest.raises(RewardError, match="needs column `right`; OpenRLHF passes one label"):
        as_openrlhf(f"{plugin}:two", reference="left")
    with pytest.raises(RewardError, match="lists of different length: 2 queries, 1 prompts, 1 labels"):
        as_openrlhf("number")(["a", "b"], ["p"], ["1"])


def agent_module(monkeypatch: pytest.MonkeyPatch) -> Any:
    reason = (
        "OpenRLHF's own executor: openrlhf is not installed here (tested by its documented signature above)"
    )
    found = importlib.util.find_spec("openrlhf")
    if found is None or not found.submodule_search_locations:
        pytest.skip(reason)
    pytest.importorskip("aiohttp", reason=reason)
    folder = Path(found.submodule_search_locations[0])
    for name, place in (("openrlhf", folder), ("openrlhf.utils", folder / "utils")):
        package = types.ModuleType(name)
        package.__path__ = [str(place)]
        monkeypatch.setitem(sys.modules, name, package)
    return importlib.import_module("openrlhf.utils.agent")


class Letters:
    """A tokenizer of characters, as far as the executor uses one."""

    def __call__(self, text: str, **kwargs: Any) -> dict[str, Any]:
        return {"input_ids": torch.tensor([[*map(ord, text)]])}

    def decode(self, ids: list[int], **kwargs: Any) -> str:
        return "".join(map(chr, ids))


class Engine:
    """Stands for vLLM, which needs a GPU: it always says `answer`."""

    def __init__(self, answer: str) -> None:
        output = types.SimpleNamespace(token_ids=[*map(ord, answer)], finish_reason="stop", logprobs=None)
        self.reply = types.SimpleNamespace(outputs=[output])

    async def generate(self, *args: Any, **kwargs: Any) -> Any:
        return self.reply


def test_through_openrlhfs_own_executor(plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = agent_module(monkeypatch)
    path = tmp_path / "for_openrlhf.py"
    path.write_text(module_text("openrlhf", f"{plugin}:signed", on_masked=0.5))
    executor = agent.SingleTurnAgentExecutor(str(path))
    sampling = types.SimpleNamespace(max_tokens=50, logprobs=None)

    def run(answer: str, label: str) -> dict[str, Any]:
        done = executor.execute(ASK, label, sampling, 500, Letters(), Engine(answer))
        found: dict[str, Any] = asyncio.run(done)
        return found

    good = run("a<|im_end|>", "a")
    assert torch.tensor([good["reward"]]).tolist() == [1.0]  # how the samples generator reads it
    assert torch.tensor([good["scores"]]).shape == (1,)
    masked = run("a", "")
    assert (float(masked["reward"]), float(masked["extra_logs"]["masked"])) == (0.5, 1.0)
    assert float(run("b", "a")["reward"]) == -1.0
