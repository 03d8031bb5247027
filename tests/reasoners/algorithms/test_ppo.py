"""PPO with a critic: it learns, it resumes bit for bit, and splitting its batch changes nothing."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.algorithms.settings import AlgorithmSection, CriticSection  # noqa: E402
from reasoners.config import load_config  # noqa: E402
from reasoners.critic import Critic, CriticError  # noqa: E402
from reasoners.diverged import DivergedError  # noqa: E402
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

    trl = {**TRL, "weight_decay": 0.1, "max_steps": 5, "save_steps": 4}
    path = small_run(algorithm={"name": "ppo", "value_warmup": 4}, trl=trl)
    run(path)
    root, before = load_config(path).run.dir, load_file(tiny_model / "model.safetensors")
    warmed, after = (load_file(root / p / "model.safetensors") for p in ("checkpoints/checkpoint-4", "model"))
    assert all(torch.equal(before[name], warmed[name]) for name in warmed)
    assert not all(torch.equal(before[name], after[name]) for name in after)


def test_the_critics_loss_is_logged_whole_however_a_batch_is_split(small_run: Make) -> None:
    rows = []
    for name, split in (("whole", (8, 1)), ("parts", (2, 4))):
        sizes = {"per_device_train_batch_size": split[0], "gradient_accumulation_steps": split[1]}
        rows.append(run(small_run(name, algorithm={"name": "ppo"}, trl={**TRL, **sizes})))
    found = [[r["critic/loss"] for r in of if "critic/loss" in r] for of in rows]
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def critic(source: Path, settings: dict[str, Any] | None = None, **more: Any) -> Critic:
    from accelerate import Accelerator

    section = AlgorithmSection(critic=CriticSection(**(settings or {})), lam=1.0)
    return Critic(section, str(source), Accelerator(cpu=True), **more)


def batch() -> dict[str, Any]:
    """Two samples: three tokens of which a tool wrote the second, and two tokens."""
    return {
        "prompt_ids": torch.tensor([[5, 6], [7, 8]]),
        "prompt_mask": torch.ones(2, 2, dtype=torch.long),
        "completion_ids": torch.tensor([[9, 10, 11], [12, 13, 0]]),
        "completion_mask": torch.tensor([[1, 1, 1], [1, 1, 0]]),
        "tool_mask": torch.tensor([[1, 0, 1], [1, 1, 1]]),
        "old_per_token_logps": torch.tensor([[-1.0, -1.0, -2.0], [-3.0, -1.0, -1.0]]),
        "ref_per_token_logps": torch.tensor([[-2.0, -9.0, -2.5], [-2.5, -4.0, -9.0]]),
    }


def test_the_kl_in_the_reward_is_logged_by_hand(tiny_model: Path) -> None:
    made = critic(tiny_model)
    made.assign(batch(), torch.tensor([1.0, 0.0]), 0.05)
    # The tool's token and the padding are left out: 1.0 and 0.5, -0.5 and 3.0.
    assert made.metrics["kl"] == pytest.approx((1.0 + 0.5 - 0.5 + 3.0) / 4)
    made.assign(batch(), torch.tensor([1.0, 0.0]), 0.0)
    assert "kl" not in made.metrics


def test_the_kl_in_the_reward_reaches_the_metrics_file(small_run: Make) -> None:
    rows = run(small_run(algorithm={"name": "ppo", "kl": "reward"}, trl={**TRL, "beta": 0.05}))
    found = [r.get("kl") for r in rows]
    assert found[0] == pytest.approx(0.0, abs=1e-6)  # the policy is its reference yet
    assert found[1] is None  # the second pass over the same samples
    assert found[2] != 0.0
    assert math.isfinite(found[2])


def test_the_share_of_returns_outside_the_bins_is_logged(tiny_model: Path) -> None:
    made = critic(tiny_model, {"loss": "hl_gauss"})
    made.assign(batch(), torch.tensor([0.5, 3.0]), 0.0)
    assert made.metrics["critic/outside"] == pytest.approx(2 / 4)
    plain = critic(tiny_model)
    plain.assign(batch(), torch.tensor([0.5, 3.0]), 0.0)
    assert "critic/outside" not in plain.metrics


def weights(made: Critic) -> list[Any]:
    return [p.detach().clone() for p in made.model.parameters()]


def test_a_loss_that_is_no_number_leaves_the_critic_as_it_was(tiny_model: Path) -> None:
    made, rows = critic(tiny_model), batch()
    made.assign(rows, torch.tensor([1.0, 0.0]), 0.0)
    made.learn(rows, torch.tensor(4.0), True)
    before = weights(made)
    rows["returns"] = rows["returns"] * torch.nan
    with pytest.raises(
        DivergedError, match=r"critic's loss of step 7 is nan.*algorithm\.critic\.learning_rate"
    ):
        made.learn(rows, torch.tensor(4.0), True, at=7)
    assert all(torch.equal(a, b) for a, b in zip(before, weights(made), strict=True))


@pytest.mark.parametrize("limit", [1.0, 0.0])
def test_a_gradient_that_is_no_number_leaves_the_critic_as_it_was(tiny_model: Path, limit: float) -> None:
    made, rows = critic(tiny_model, max_grad_norm=limit), batch()
    made.assign(rows, torch.tensor([1.0, 0.0]), 0.0)
    before = weights(made)
    made.model.head.bias.register_hook(lambda gradient: gradient / 0.0)
    with pytest.raises(DivergedError, match="critic's gradient norm is inf"):
        made.learn(rows, torch.tensor(4.0), True)
    assert all(torch.equal(a, b) for a, b in zip(before, weights(made), strict=True))


def test_without_a_limit_the_gradient_is_measured_and_not_clipped(tiny_model: Path) -> None:
    found = []
    for limit in (0.0, 1e-3, 1e9):
        made, rows = critic(tiny_model, {"learning_rate": 1e-3}, max_grad_norm=limit), batch()
        made.assign(rows, torch.tensor([100.0, -100.0]), 0.0)
        norm = made.learn(rows, torch.tensor(4.0), False) | made.learn(rows, torch.tensor(4.0), True)
        state = made.optimizer.optimizer.state
        found.append((norm["critic/grad_norm"], [s["exp_avg"].clone() for s in state.values()]))
    assert found[0][0] == found[1][0] == found[2][0] > 1.0
    assert all(torch.equal(a, b) for a, b in zip(found[0][1], found[2][1], strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(found[0][1], found[1][1], strict=True))


def test_a_diverged_critic_is_not_saved_and_the_run_goes_on(small_run: Make) -> None:
    import reasoners.critic as module

    path, calls = small_run(algorithm={"name": "ppo"}, trl={**TRL, "save_steps": 1}), []

    def lost(outputs: Any, *rest: Any) -> Any:
        calls.append(1)
        return right(outputs, *rest) * (math.nan if len(calls) == 3 else 1.0)

    right = module.value_loss
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "value_loss", lost)
        with pytest.raises(DivergedError, match="critic's loss"):
            run(path)
    found = sorted(load_config(path).run.dir.rglob("critic.pt"))
    assert found
    for saved in found:
        state = torch.load(saved, weights_only=True)["model"]
        assert all(bool(t.isfinite().all()) for t in state.values())
    assert [r["step"] for r in run(path, resume=True)] == [1, 2, 3, 4]


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
    source = Path(load_config(small_run()).model.name)
    scalar = critic(source)
    scalar.save(tmp_path / "made")
    bins = critic(source, {"loss": "hl_gauss", "bins": 7})
    with pytest.raises(CriticError, match=r"head.*\(1, 16\) there, \(7, 16\) here"):
        bins.restore(tmp_path / "made")
    with pytest.raises(CriticError, match="holds no critic"):
        scalar.restore(tmp_path)


def test_a_critic_that_cannot_be_loaded_is_named(small_run: Make, tmp_path: Path) -> None:
    path = small_run(algorithm={"name": "ppo", "critic": {"model": str(tmp_path / "nothing")}}, trl=TRL)
    with pytest.raises(ToolkitError, match="nothing"):
        run(path)


def other_model(folder: Path, rows: int) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(
        vocab_size=rows, hidden_size=16, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2
    )
    LlamaForCausalLM(shape).save_pretrained(folder)
    return folder


def tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def test_a_critic_with_too_few_tokens_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    mine = tokenizer(tiny_model)
    small = other_model(tmp_path / "small", 10)
    with pytest.raises(CriticError, match=f"knows 10 token ids, the vocabulary of .* has {len(mine)}"):
        critic(tiny_model, {"model": str(small)}, tokenizer=mine)
    critic(tiny_model, {"model": str(other_model(tmp_path / "padded", 64))}, tokenizer=mine)


def test_a_critic_with_another_vocabulary_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    mine = tokenizer(tiny_model)
    other = other_model(tmp_path / "other", 64)
    for file in tiny_model.glob("tokenizer*"):
        shutil.copy(file, other)
    critic(tiny_model, {"model": str(other)}, tokenizer=mine)
    tree = json.loads((other / "tokenizer.json").read_text())
    ids = tree["model"]["vocab"]
    ids["1"], ids["2"] = ids["2"], ids["1"]
    (other / "tokenizer.json").write_text(json.dumps(tree))
    with pytest.raises(
        CriticError, match=f"{other} has another vocabulary than the policy {tiny_model}: 2 of"
    ):
        critic(tiny_model, {"model": str(other)}, tokenizer=mine)


def test_a_critic_may_know_more_tokens(tiny_model: Path, tmp_path: Path) -> None:
    mine, more = tokenizer(tiny_model), tokenizer(tiny_model)
    more.add_tokens(["<more>"])
    other = other_model(tmp_path / "more", 64)
    more.save_pretrained(other)
    critic(tiny_model, {"model": str(other)}, tokenizer=mine)


def test_a_critic_may_be_an_embedded_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasoners.models.proxy.proxy_folder", lambda seed, say: tiny_model)
    critic(tiny_model, {"model": "embedded:proxy-3"}, tokenizer=tokenizer(tiny_model))
    with pytest.raises(CriticError, match=r"algorithm\.critic\.model: .*embedded:nothing"):
        critic(tiny_model, {"model": "embedded:nothing"})


def test_the_trunk_of_an_adapter_is_merged_and_learns(tiny_model: Path, tmp_path: Path) -> None:
    """AutoModel reads such a folder without a word, frozen throughout."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    adapted = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(tmp_path / "adapter")
    made = critic(tmp_path / "adapter")
    assert all(p.requires_grad for p in made.model.parameters())
    merged = adapted.merge_and_unload().model.layers[0].self_attn.q_proj.weight
    torch.testing.assert_close(made.model.trunk.layers[0].self_attn.q_proj.weight, merged)
