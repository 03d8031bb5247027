"""PPO with a critic: it learns, it resumes bit for bit, and splitting its batch changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.config import load_config  # noqa: E402
from reasoners.critic import Critic, CriticError  # noqa: E402
from reasoners.training import train  # noqa: E402
from rewards import ToolkitError  # noqa: E402
from tests.reasoners.small import run  # noqa: E402

Make = Callable[..., Path]
TRL = {"num_generations": 1, "max_steps": 4}


@pytest.mark.parametrize(
    ("algorithm", "more"),
    [
        ({}, {}),
        ({"critic": {"loss": "hl_gauss", "learning_rate": 1e-3}}, {}),
        ({"kl": "reward"}, {"trl": {**TRL, "beta": 0.1}}),
        ({"kl": "loss"}, {"trl": {**TRL, "beta": 0.1}}),
        ({}, {"trl": {**TRL, "gradient_checkpointing": True, "gradient_accumulation_steps": 2}}),
        ({"critic": {"lora": True}}, {"lora": True}),
    ],
    ids=["plain", "hl_gauss", "kl_in_reward", "kl_in_loss", "checkpointing_accumulation", "lora"],
)
def test_ppo_trains(
    algorithm: dict[str, Any], more: dict[str, Any], small_run: Make, tiny_model: Path
) -> None:
    sections: dict[str, Any] = {}
    if more.get("lora"):
        sections["model"] = {"name": str(tiny_model), "precision": "fp32", "lora": {"r": 2}}
    path = small_run(algorithm={"name": "ppo", **algorithm}, trl=more.get("trl", TRL), **sections)
    rows = run(path)
    assert [r["step"] for r in rows] == [1, 2, 3, 4]
    assert all(r["critic/loss"] > 0 and r["critic/grad_norm"] > 0 for r in rows)
    assert any(r["grad_norm"] > 0 for r in rows)
    assert (load_config(path).run.dir / "critic" / "critic.pt").exists()


CONSTANT = """
from rewards import reward

@reward("half", cost="inline")
def half(completion: str) -> float:
    \"\"\"Always one half.\"\"\"
    return 0.5
"""


def test_the_critic_learns_a_constant_return(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "half.py"
    plugin.write_text(CONSTANT)
    path = small_run(
        algorithm={"name": "ppo", "critic": {"learning_rate": 2e-2, "clip": None}, "lam": 1.0},
        rewards=[{"name": f"{plugin}:half"}],
        trl={**TRL, "max_steps": 30},
    )
    rows = [r for r in run(path) if "critic/value" in r]
    assert rows[0]["critic/value"] == 0.0
    assert rows[-1]["critic/value"] == pytest.approx(0.5, abs=0.05)
    assert rows[-1]["critic/loss"] < 0.01 < rows[0]["critic/loss"]


def test_value_warm_up_leaves_the_policy_alone(small_run: Make, tiny_model: Path) -> None:
    from safetensors.torch import load_file

    path = small_run(algorithm={"name": "ppo", "value_warmup": 4}, trl=TRL)
    run(path)
    before = load_file(tiny_model / "model.safetensors")
    after = load_file(load_config(path).run.dir / "model" / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in after)


def test_ppo_resumes_bit_for_bit(small_run: Make, tmp_path: Path) -> None:
    trl = {**TRL, "save_steps": 3, "max_steps": 6}  # step 3 is in the middle of a generation batch
    whole = run(small_run("whole", algorithm={"name": "ppo"}, trl=trl))
    path = small_run("broken", algorithm={"name": "ppo"}, trl=trl)
    import reasoners.callbacks as callbacks

    original = callbacks.MetricsFile.on_log

    class StoppedError(Exception):
        pass

    def stop(self: Any, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
        original(self, args, state, control, logs=logs, **more)
        if state.global_step == 5:
            raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks.MetricsFile, "on_log", stop)
        with pytest.raises(StoppedError):
            train(load_config(path), Console(quiet=True))
    resumed = run(path, resume=True)
    assert [(r["loss"], r["critic/loss"]) for r in resumed] == [(r["loss"], r["critic/loss"]) for r in whole]
    for part in ("model/model.safetensors",):
        assert (tmp_path / "whole" / part).read_bytes() == (tmp_path / "broken" / part).read_bytes()
    critics = [torch.load(tmp_path / n / "critic/critic.pt", weights_only=True) for n in ("whole", "broken")]
    assert all(torch.equal(v, critics[1]["model"][k]) for k, v in critics[0]["model"].items())


def test_splitting_the_batch_changes_nothing(small_run: Make) -> None:
    """Six rows at once, and two at a time with accumulation: the same critic loss and the same gradient norm."""
    whole = run(small_run("one", algorithm={"name": "ppo"}, trl=TRL))
    parts = run(
        small_run(
            "parts",
            algorithm={"name": "ppo"},
            trl={**TRL, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 3},
        )
    )
    # The samples of the first generation batch are the same; its first step is taken before anything can differ.
    assert parts[0]["critic/grad_norm"] == pytest.approx(whole[0]["critic/grad_norm"], rel=1e-4)
    assert parts[0]["grad_norm"] == pytest.approx(whole[0]["grad_norm"], rel=1e-4)


def test_a_checkpoint_of_another_critic_is_refused(small_run: Make, tmp_path: Path) -> None:
    from accelerate import Accelerator

    from reasoners.algorithms.settings import AlgorithmSection, CriticSection

    source = load_config(small_run()).model.name
    scalar = Critic(AlgorithmSection(), source, Accelerator(cpu=True))
    scalar.save(tmp_path / "made")
    bins = Critic(
        AlgorithmSection(critic=CriticSection(loss="hl_gauss", bins=7)), source, Accelerator(cpu=True)
    )
    with pytest.raises(CriticError, match=r"head.*\(1, 16\) there, \(7, 16\) here"):
        bins.restore(tmp_path / "made")
    with pytest.raises(CriticError, match="holds no critic"):
        scalar.restore(tmp_path)


def test_a_critic_that_cannot_be_loaded_is_named(small_run: Make, tmp_path: Path) -> None:
    path = small_run(algorithm={"name": "ppo", "critic": {"model": str(tmp_path / "nothing")}}, trl=TRL)
    with pytest.raises(ToolkitError, match="nothing"):
        run(path)
