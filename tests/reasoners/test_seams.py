"""TRL's private methods: which ones are overridden, where, and that they are still there with those arguments."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the extra [train]")

from trl import GRPOTrainer

from reasoners.trainer import RLVRTrainer

ROOT = Path(__file__).resolve().parents[2]
SEAMS = {
    "_calculate_rewards": ["self", "inputs", "prompts", "completions", "completion_ids_list"],
    "_compute_loss": ["self", "model", "inputs"],
    "_generate_and_score_completions": ["self", "inputs"],
    "_get_train_sampler": ["self", "dataset"],
}
CALLED = {
    "_generate_single_turn": ["prompt_ids", "images", "multimodal_fields", "num_generations"],
    "_get_per_token_logps_and_entropies": [
        "model",
        "input_ids",
        "attention_mask",
        "logits_to_keep",
        "batch_size",
    ],
    "_tokenize_prompts": ["prompts"],
}
"""Private methods that are called, with the arguments they are given by position."""


def inherited(name: str) -> bool:
    return any(name in vars(base) for base in RLVRTrainer.__mro__[1:-1])


def test_four_private_methods_are_overridden_and_no_more() -> None:
    overridden = {n for n in vars(RLVRTrainer) if inherited(n) and n not in vars(object) and n != "__init__"}
    private = {name for name in overridden if name.startswith("_") and not name.startswith("__")}
    assert private == set(SEAMS)
    assert overridden - private <= {"__module__", "__doc__", "__annotations__"}


@pytest.mark.parametrize("name", SEAMS)
def test_each_is_there_with_its_arguments(name: str) -> None:
    assert name in vars(GRPOTrainer)
    theirs, ours = (list(inspect.signature(getattr(c, name)).parameters) for c in (GRPOTrainer, RLVRTrainer))
    assert theirs == ours == SEAMS[name]


@pytest.mark.parametrize("name", CALLED)
def test_each_that_is_called_takes_its_arguments(name: str) -> None:
    assert (
        list(inspect.signature(getattr(GRPOTrainer, name)).parameters)[1 : len(CALLED[name]) + 1]
        == CALLED[name]
    )


def test_one_file_subclasses_trls_trainer() -> None:
    found = []
    for path in (ROOT / "reasoners").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            bases = [ast.unparse(b) for b in node.bases] if isinstance(node, ast.ClassDef) else []
            if any(base.endswith("GRPOTrainer") for base in bases):
                found.append((path.relative_to(ROOT).as_posix(), node.name))
    assert found == [("reasoners/trainer.py", "RLVRTrainer")]
