"""How a step's samples are split into micro-batches changes no gradient, for every algorithm we offer.

Plain SGD without clipping, so that a change of the weights is the gradient. Two steps on one generation batch: in the
second the ratio is not 1. The model's dropout is off, the samples have different lengths.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.algorithms.presets import PRESETS  # noqa: E402
from reasoners.config import load_config  # noqa: E402
from reasoners.training import train  # noqa: E402
from rewards import iter_records  # noqa: E402

Make = Callable[..., Path]
ONLINE = [name for name, preset in PRESETS.items() if preset.loop == "online"]
LOCAL = ("bnpo",)
"""Their loss is a mean over the tokens of a micro-batch, as TRL documents: a split weighs tokens otherwise."""
RATE = 0.5
WHOLE = {"per_device_train_batch_size": 12, "gradient_accumulation_steps": 1}
PARTS = {
    "per_device_train_batch_size": 3,
    "gradient_accumulation_steps": 4,
}  # a group of two lies in two parts


@pytest.fixture(autouse=True)
def _no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thirds of such a run's time would go into its plots."""
    monkeypatch.setattr("reasoners.training.plot_run", lambda *_: None)


def gradients(make: Make, name: str, start: Path, trl: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """Return each weight's change in a run, over the learning rate; the critic's under its own names."""
    from safetensors.torch import load_file

    path = make(
        name,
        trl={
            "max_steps": 2,
            "num_iterations": 2,
            "num_generations": 2,
            "max_completion_length": 20,
            "learning_rate": RATE,
            "lr_scheduler_type": "constant",
            "optim": "sgd",
            "max_grad_norm": 0.0,
            **trl,
        },
        **sections,
    )
    train(load_config(path), Console(quiet=True))
    root = load_config(path).run.dir
    before, after = load_file(start / "model.safetensors"), load_file(root / "model" / "model.safetensors")
    found = {key: (after[key] - before[key]) / RATE for key in after}
    if (root / "critic" / "critic.pt").exists():
        critic = torch.load(root / "critic" / "critic.pt", weights_only=True)["model"]
        found |= {f"critic.{key}": value for key, value in critic.items()}
    return found


def farthest(one: dict[str, Any], other: dict[str, Any]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[key] - other[key]).abs().max()) for key in one)


def size(found: dict[str, Any]) -> float:
    return max(float(value.abs().max()) for key, value in found.items() if not key.startswith("critic."))


@pytest.mark.parametrize("name", ONLINE)
def test_a_split_changes_no_gradient(small_run: Make, tiny_model: Path, name: str) -> None:
    trl = {"num_generations": 1} if name == "remax" else {}
    algorithm = {"name": name} | ({"critic": {"learning_rate": 1e-3}} if name == "ppo" else {})
    whole = gradients(small_run, "whole", tiny_model, {**WHOLE, **trl}, algorithm=algorithm)
    assert size(whole) > 1e-3
    parts = gradients(small_run, "parts", tiny_model, {**PARTS, **trl}, algorithm=algorithm)
    if name in LOCAL:
        assert 1e-3 < farthest(whole, parts) < size(whole)
    else:
        assert farthest(whole, parts) < 1e-5


MASKING = """
from rewards import BadReference, reward

@reward("digits", cost="inline")
def digits(completion: str, answer: str) -> float:
    \"\"\"Share of digits; two prompts of ten have no usable answer.\"\"\"
    if answer in ("4", "8"):
        raise BadReference("no answer")
    return sum(c.isdigit() for c in completion) / max(len(completion), 1)
"""
RARE = """
from rewards import reward

@reward("rare", cost="inline")
def rare(completion: str) -> float:
    \"\"\"1 where a plus stands: most groups agree.\"\"\"
    return float("+" in completion)
"""


BONUS = {"entropy_coef": 0.5}
OF_EACH_LOSS = ("grpo", "dr_grpo", "gspo", "sapo", "luspo", "dapo", "bnpo", "cispo", "vespo", "ppo")


@pytest.mark.parametrize(
    ("name", "more"),
    [pytest.param(name, {}, id=name) for name in ONLINE if name != "remax"]
    + [pytest.param(name, BONUS, id=f"{name}, entropy bonus") for name in OF_EACH_LOSS],
)
def test_the_loss_is_that_of_the_batch_without_the_masked_samples(
    small_run: Make, tmp_path: Path, name: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even KL and entropy have a gradient there, and no mean over samples or tokens counts them."""
    from reasoners.trainer import RLVRTrainer

    original, seen = RLVRTrainer._compute_loss, []

    def look(self: Any, model: Any, inputs: dict[str, Any]) -> Any:
        kept, rows = inputs["judged"], len(inputs["judged"])
        fewer = {
            key: value[kept]
            if isinstance(value, torch.Tensor) and value.dim() and len(value) == rows
            else value
            for key, value in inputs.items()
        }
        without = original(self, model, {**fewer, "judged_share": torch.tensor(1.0)})
        loss = original(self, model, inputs)
        seen.append((int(kept.sum()), float(without.detach()), float(loss.detach())))
        return loss

    monkeypatch.setattr(RLVRTrainer, "_compute_loss", look)
    (tmp_path / "own.py").write_text(MASKING)
    trl = {
        "beta": 0.2,
        "max_steps": 1,
        "num_generations": 2,
        "mask_truncated_completions": False,
        **WHOLE,
        **more,
    }
    path = small_run(
        trl={**trl, "num_iterations": 2, "max_steps": 2},
        algorithm={"name": name, "dynamic": {"budget": 0}},
        rewards=[{"name": str(tmp_path / "own.py")}],
        limits={"max_masked_share": 1.0},
    )
    train(load_config(path), Console(quiet=True))
    records = list(iter_records(load_config(path).run.dir, "train"))
    judged = sum(r.verdict.total is not None for r in records)
    assert 0 < judged < len(records)
    assert [count for count, _, _ in seen] == [judged, judged]
    assert abs(seen[1][2]) > 1e-4
    assert [loss for _, _, loss in seen] == pytest.approx([x for _, x, _ in seen], abs=1e-6)


KL_IN_REWARD = {"name": "ppo", "kl": "reward", "critic": {"learning_rate": 1e-3}}


@pytest.mark.parametrize(
    ("algorithm", "trl", "plugin"),
    [
        pytest.param({"name": "grpo"}, {"beta": 0.2}, "", id="KL in the loss"),
        pytest.param(KL_IN_REWARD, {"beta": 0.2}, "", id="KL in the reward"),
        pytest.param({"name": "grpo", "std_floor": 0.1}, {}, "", id="std floor"),
        pytest.param({"name": "grpo"}, {"steps_per_generation": 2}, "", id="grpo, two steps of a batch"),
        pytest.param({"name": "dapo"}, {"steps_per_generation": 2}, "", id="dapo, two steps of a batch"),
        pytest.param({"name": "ppo"}, {"steps_per_generation": 2}, "", id="ppo, two steps of a batch"),
        pytest.param({"name": "dapo"}, {"mask_truncated_completions": False}, RARE, id="dynamic sampling"),
        pytest.param({"name": "grpo"}, {}, MASKING, id="grpo, masked samples"),
        pytest.param({"name": "dapo"}, {}, MASKING, id="dapo, masked samples"),
        pytest.param({"name": "ppo"}, {}, MASKING, id="ppo, masked samples"),
        pytest.param({"name": "opo"}, {}, MASKING, id="opo, masked samples"),
    ],
)
def test_nor_do_what_goes_with_it(
    small_run: Make,
    tiny_model: Path,
    tmp_path: Path,
    algorithm: dict[str, Any],
    trl: dict[str, Any],
    plugin: str,
) -> None:
    sections: dict[str, Any] = {"algorithm": algorithm, "limits": {"max_masked_share": 1.0}}
    if plugin:
        (tmp_path / "own.py").write_text(plugin)
        sections["rewards"] = [{"name": str(tmp_path / "own.py")}]
    rows = 4 if plugin is RARE else 12  # of ten prompts, so that there are others to draw
    steps = trl.get("steps_per_generation", 1)
    once = {**WHOLE, "per_device_train_batch_size": rows, **trl}
    split = {**PARTS, "per_device_train_batch_size": rows // 4, **trl, "steps_per_generation": 4 * steps}
    whole = gradients(small_run, "whole", tiny_model, once, **sections)
    parts = gradients(small_run, "parts", tiny_model, split, **sections)
    assert size(whole) > 1e-3
    assert farthest(whole, parts) < 1e-5
    shown = [json.loads(line) for line in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    if plugin is RARE:
        assert shown[0]["dynamic/replaced"] > 0
    if plugin is MASKING:
        assert shown[0]["status/bad_reference"] > 0
