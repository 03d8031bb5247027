"""Loading by name: what loads, and what an impossible name is told, at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reasoners.models import choose_precision, load_model, resolve_model
from reasoners.models.device import Precision
from reasoners.models.prepare import prepare
from rewards import ToolkitError

torch = pytest.importorskip("torch", reason="needs the extra [train]")

FP32 = Precision("float32", "cpu", False, "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("embedded:proxi", "Did you mean `embedded:proxy`"),
        ("embedded:proxy-x", "Known: embedded:proxy"),
        ("/no/such/folder", "no model folder `/no/such/folder`"),
        ("../nowhere", "no model folder"),
        ("", "no model folder"),
        ("not a name", "neither a folder here nor a hub id"),
        ("someone/never-heard-of-this-model", "Give a local folder, a hub id"),
    ],
)
def test_an_impossible_name_is_told_what_is_allowed(
    name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ToolkitError, match=said):
        load_model(name)


def test_a_folder_without_a_model_names_the_one_inside(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ToolkitError, match=r"neither config\.json nor adapter_config"):
        resolve_model(str(tmp_path))
    with pytest.raises(ToolkitError, match=f"Did you mean {tiny_model}"):
        resolve_model(str(tiny_model.parent))


def test_a_local_model_loads_ready_to_sample(tiny_model: Path) -> None:
    model, tokenizer = load_model(str(tiny_model), FP32)
    assert model.dtype == torch.float32
    assert not model.training
    assert tokenizer.decode(tokenizer("1+2=3:4")["input_ids"], skip_special_tokens=True) == "1+2=3:4"
    assert tokenizer("1")["input_ids"][0] == tokenizer.bos_token_id


def test_damaged_weights_are_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    for file in tiny_model.iterdir():
        (tmp_path / file.name).write_bytes(
            file.read_bytes()[: 200 if file.suffix == ".safetensors" else None]
        )
    with pytest.raises(ToolkitError, match=f"cannot load the model `{tmp_path}`"):
        load_model(str(tmp_path), FP32)


def test_a_lora_adapter_is_merged_into_its_base(tiny_model: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="needs the extra [train]")
    base, tokenizer = load_model(str(tiny_model), FP32)
    adapted = peft.get_peft_model(
        base, peft.LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    )
    ids = torch.tensor([tokenizer("12+34=")["input_ids"]])
    expected = adapted.eval()(ids).logits
    adapted.save_pretrained(tmp_path / "adapter")
    merged, _ = load_model(str(tmp_path / "adapter"), FP32)
    plain, _ = load_model(str(tiny_model), FP32)
    torch.testing.assert_close(merged(ids).logits, expected, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(plain(ids).logits, expected, atol=1e-3)
    assert type(merged) is type(plain)


def test_an_adapter_without_a_base_says_so(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 2}))
    with pytest.raises(ToolkitError, match="names no base model"):
        load_model(str(tmp_path), FP32)


def test_the_precision_is_chosen_by_measurement_and_overruled_by_the_user(tiny_model: Path) -> None:
    machine = choose_precision()
    assert machine.dtype in ("float32", "bfloat16")
    assert machine.dtype in machine.why
    if machine.device == "cpu":
        assert not machine.gradient_checkpointing
        assert "GFLOP/s" in machine.why
    small = choose_precision(tiny_model)
    assert (small.dtype, small.gradient_checkpointing) == ("float32", False)
    forced = choose_precision(tiny_model, "bf16")
    assert forced.dtype == "bfloat16"
    assert "as asked" in forced.why


def test_only_embedded_models_are_prepared() -> None:
    with pytest.raises(ToolkitError, match="not an embedded model"):
        prepare(["gpt2"])
