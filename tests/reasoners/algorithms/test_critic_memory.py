"""A critic that recomputes its activations: it does, it keeps less, and it learns the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms.settings import AlgorithmSection, CriticSection  # noqa: E402
from reasoners.critic import Critic  # noqa: E402

LAYERS, WIDTH = 3, 16


def families() -> dict[str, Any]:
    """Return small configs with dropout wherever their family knows it; eager attention drops in its own module."""
    from transformers import FalconConfig, GPT2Config, LlamaConfig, OPTConfig

    plain: dict[str, Any] = {
        "vocab_size": 32,
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
    }
    half = {"attention_dropout": 0.5}
    return {
        "llama": LlamaConfig(**plain, **half, intermediate_size=32),
        "gpt2": GPT2Config(
            vocab_size=32,
            n_embd=WIDTH,
            n_layer=LAYERS,
            n_head=2,
            resid_pdrop=0.5,
            embd_pdrop=0.5,
            attn_pdrop=0.5,
        ),
        # Both drop inside the layer itself; OPT leaves out whole layers too.
        "opt": OPTConfig(**plain, **half, ffn_dim=32, dropout=0.5, layerdrop=0.9, word_embed_proj_dim=WIDTH),
        "falcon": FalconConfig(**plain, **half, hidden_dropout=0.5),
    }


FAMILIES = ("llama", "gpt2", "opt", "falcon")


def critic(folder: Path, family: str, lora: bool, checkpointing: bool) -> Critic:
    from accelerate import Accelerator
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM

    if not folder.exists():
        torch.manual_seed(0)
        AutoModelForCausalLM.from_config(families()[family]).save_pretrained(folder)
    torch.manual_seed(1)
    section = AlgorithmSection(critic=CriticSection(lora=lora, learning_rate=1e-2), lam=1.0)
    shape = LoraConfig(r=2, target_modules="all-linear", lora_dropout=0.5)
    made = Critic(section, str(folder), Accelerator(cpu=True), lora=shape, checkpointing=checkpointing)
    with torch.no_grad():
        made.model.head.weight.normal_()  # one of zeros would pass no gradient on
    return made


def batch() -> dict[str, Any]:
    """Two samples of 12 tokens after prompts of 4, the second prompt padded."""
    ids = torch.randint(4, 32, (2, 16), generator=torch.Generator().manual_seed(2))
    left = torch.ones(2, 4, dtype=torch.long)
    left[1, :2] = 0
    return {
        "prompt_ids": ids[:, :4],
        "prompt_mask": left,
        "completion_ids": ids[:, 4:],
        "completion_mask": torch.ones(2, 12, dtype=torch.long),
    }


def layers(made: Critic) -> list[Any]:
    from transformers.modeling_layers import GradientCheckpointingLayer

    return [m for m in made.model.modules() if isinstance(m, GradientCheckpointingLayer)]


def learned(made: Critic) -> dict[str, Any]:
    """Return what a step leaves: values, gradients' norm, weights, passes through layers, bytes kept meanwhile."""
    rows, passes, kept = batch(), [0], [0]

    def keep(tensor: Any) -> Any:
        kept[0] += tensor.numel() * tensor.element_size()
        return tensor

    made.assign(rows, torch.tensor([1.0, -1.0]), 0.0)
    for layer in layers(made):
        layer.register_forward_pre_hook(lambda *_: passes.__setitem__(0, passes[0] + 1))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        figures = made.learn(rows, torch.tensor(24.0), True)
    weights = [p.detach().clone() for p in made.model.parameters()]
    return {
        "values": rows["values"],
        "figures": figures,
        "weights": weights,
        "passes": passes[0],
        "bytes": kept[0],
    }


@pytest.mark.parametrize("lora", [False, True], ids=["plain", "lora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_recomputing_changes_memory_and_nothing_else(family: str, lora: bool, tmp_path: Path) -> None:
    whole, again = (learned(critic(tmp_path / "model", family, lora, ck)) for ck in (False, True))
    assert (whole["passes"], again["passes"]) == (LAYERS, 2 * LAYERS)
    assert again["bytes"] < whole["bytes"] / 2
    assert torch.equal(whole["values"], again["values"])  # nothing drops out: they are those of eval mode
    assert whole["values"].std() > 0
    assert whole["figures"] == pytest.approx(again["figures"], rel=1e-6)
    assert whole["figures"]["critic/grad_norm"] > 0
    for one, two in zip(whole["weights"], again["weights"], strict=True):
        torch.testing.assert_close(one, two, atol=1e-7, rtol=1e-5)


def test_without_recomputing_all_of_it_is_in_eval_mode(tmp_path: Path) -> None:
    made = critic(tmp_path / "model", "llama", False, False)
    assert not any(m.training for m in made.model.modules())
    assert all(layer.self_attn.attention_dropout == 0.5 for layer in layers(made))  # left as it was
