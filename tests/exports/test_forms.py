"""Async and batch rewards go wherever a plain one goes; a group reward is refused everywhere, with the reason."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewards import RewardError, load_reward
from rewards.exports import as_openrlhf, as_trl, as_verifiers, as_verl
from rewards.exports.files import ENGINES, module_text
from rewards.verifier_audit import audit_reward

PLUGIN = '''
import asyncio
from rewards import group_reward, reward


@reward("plain", domain="classification")
def plain(completion: str, answer: str) -> float:
    """Pay the label."""
    return float(completion == answer)


@reward("batched", batch=True, domain="classification")
def batched(completion: list[str], answer: list[str]) -> list[float]:
    """Pay the label."""
    return [float(c == a) for c, a in zip(completion, answer)]


@reward("awaited", domain="classification")
async def awaited(completion: str, answer: str) -> float:
    """Pay the label."""
    await asyncio.sleep(0)
    return float(completion == answer)


@group_reward("shortest")
def shortest(rollouts, scores) -> list[float]:
    """Compare."""
    return [0.0 for _ in rollouts]
'''


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    (tmp_path / "forms.py").write_text(PLUGIN)
    return tmp_path / "forms.py"


def by_trl(fn: Any) -> list[float]:
    found = fn(prompts=["p", "p"], completions=["yes", "no"], answer=["yes", "yes"])
    return list(asyncio.run(found) if asyncio.iscoroutine(found) else found)


def by_verl(fn: Any) -> list[float]:
    return [fn("d", text, "yes")["score"] for text in ("yes", "no")]


def by_openrlhf(fn: Any) -> list[float]:
    pytest.importorskip("torch", reason="OpenRLHF takes tensors: needs the extra [train]")
    return list(fn(["p yes", "p no"], ["p ", "p "], ["yes", "yes"])["rewards"].tolist())


def by_verifiers(fn: Any) -> list[float]:
    async def both() -> list[float]:
        return [
            await fn(completion=[{"role": "assistant", "content": text}], answer="yes")
            for text in ("yes", "no")
        ]

    return asyncio.run(both())


CALLS: dict[str, tuple[Callable[..., Any], Callable[[Any], list[float]]]] = {
    "trl": (as_trl, by_trl),
    "trl, async": (lambda what: as_trl(what, sync=False), by_trl),
    "verl": (as_verl, by_verl),
    "openrlhf": (as_openrlhf, by_openrlhf),
    "verifiers": (as_verifiers, by_verifiers),
}


@pytest.mark.parametrize("name", ["plain", "batched", "awaited"])
@pytest.mark.parametrize("engine", CALLS)
def test_every_form_scores_in_every_engine_and_can_be_pickled(forms: Path, name: str, engine: str) -> None:
    make, call = CALLS[engine]
    made = make(f"{forms}:{name}")
    assert call(made) == [1.0, 0.0]
    assert call(pickle.loads(pickle.dumps(made))) == [1.0, 0.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_of_every_form_and_none_of_a_group_reward(forms: Path, engine: str) -> None:
    for name in ("batched", "awaited"):
        space: dict[str, Any] = {}
        exec(module_text(engine, f"{forms}:{name}"), space)
        assert CALLS[engine][1](space[ENGINES[engine][1]]) == [1.0, 0.0]
    with pytest.raises(
        RewardError, match="`shortest` is a group reward: it compares all samples of a prompt"
    ):
        module_text(engine, f"{forms}:shortest")


def test_an_audit_finds_the_same_of_every_form(forms: Path) -> None:
    rows = [{"answer": "yes"}, {"answer": "no"}]
    found = [
        audit_reward(load_reward(f"{forms}:{name}"), rows).to_json()
        for name in ("plain", "batched", "awaited")
    ]
    for report in found:
        assert report.pop("reward") in ("plain", "batched", "awaited")
    assert json.dumps(found[0]) == json.dumps(found[1]) == json.dumps(found[2])
    with pytest.raises(RewardError, match="compares the samples of a group; it cannot be audited alone"):
        audit_reward(load_reward(f"{forms}:shortest"), rows)
