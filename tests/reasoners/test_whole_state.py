"""A checkpoint of a critic is whole: one process and two shards take it up, and go on alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms.settings import AlgorithmSection  # noqa: E402
from reasoners.critic import Critic, CriticError  # noqa: E402
from reasoners.whole_state import differences, take_state, whole_state  # noqa: E402
from tests.reasoners.shards_worker import adam, made, step  # noqa: E402

WORKER = Path(__file__).with_name("shards_worker.py")


def test_a_state_taken_up_goes_on_bit_for_bit(tmp_path: Path) -> None:
    model, ids = made()
    optimizer = adam(model)
    step(model, optimizer, ids)
    torch.save(whole_state(model, optimizer), tmp_path / "state.pt")
    other, _ = made()
    second = adam(other)
    take_state(other, second, torch.load(tmp_path / "state.pt", weights_only=True))
    step(model, optimizer, ids)
    step(other, second, ids)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_differences_name_the_tensor() -> None:
    model, _ = made()
    saved = whole_state(model, adam(model))["model"]
    assert differences(model, saved) == ""
    assert differences(model, saved | {"head.bias": torch.zeros(7)}) == (
        "`head.bias` has shape (7,) there, (1,) here"
    )
    assert differences(model, saved | {"more": torch.zeros(1)}) == "`more` is only in the checkpoint"


@pytest.mark.slow
def test_two_shards_go_on_as_one_process(tmp_path: Path) -> None:
    model, ids = made()
    optimizer = adam(model)
    step(model, optimizer, ids)
    torch.save(whole_state(model, optimizer), tmp_path / "before.pt")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launch, str(WORKER), str(tmp_path / "before.pt"), str(tmp_path / "after.pt")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    step(model, optimizer, ids)
    sharded = torch.load(tmp_path / "after.pt", weights_only=True)
    assert differences(model, sharded["model"]) == ""
    for name, tensor in whole_state(model, optimizer)["model"].items():
        torch.testing.assert_close(sharded["model"][name], tensor, atol=1e-6, rtol=1e-5)
    other, _ = made()
    take_state(other, adam(other), sharded)
    assert torch.equal(other.head.weight, sharded["model"]["head.weight"])


def test_deepspeed_is_refused_by_name() -> None:
    engine = SimpleNamespace(distributed_type="DEEPSPEED")
    with pytest.raises(CriticError, match="Shard with FSDP"):
        Critic(AlgorithmSection(), "unused", engine)  # type: ignore[arg-type]
