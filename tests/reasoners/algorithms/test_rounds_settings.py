"""What an algorithm of rounds does not read is refused with a sentence; the small recipes work with it as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.config import ConfigError, load_config
from reasoners.sft_args import SAMPLED, allowed_fields, sft_config
from reasoners.trl_args import grpo_config, trl_arguments

Make = Callable[..., Path]
ROUNDS = {"name": "raft"}


@pytest.mark.parametrize(
    ("trl", "words"),
    [
        ({"min_p": 0.1}, r"trl\.min_p has no effect with algorithm\.name: raft.*temperature, top_k, top_p"),
        ({"repetition_penalty": 1.2}, r"trl\.repetition_penalty has"),
        ({"generation_kwargs": {"min_p": 0.1}}, r"trl\.generation_kwargs has"),
        ({"use_vllm": True}, r"trl\.use_vllm has .*transformers"),
        ({"beta": 0.1}, r"trl\.beta has .*algorithm\.iterated\.kl"),
        ({"num_iterations": 2}, r"trl\.num_iterations has .*algorithm\.iterated\.epochs"),
        ({"num_train_epochs": 3}, r"trl\.num_train_epochs has .*algorithm\.iterated\.epochs"),
        ({"eval_strategy": "steps", "eval_steps": 5}, r"trl\.eval_s\w+ has .*audit the checkpoints"),
        ({"loss_type": "grpo"}, r"trl\.loss_type has"),
        ({"save_total_limit": 5}, r"trl\.save_total_limit has .*each round"),
        ({"disable_dropout": True}, r"trl\.disable_dropout has"),
        ({"push_to_hub": True}, r"trl\.push_to_hub has"),
    ],
    ids=str,
)
def test_fields_that_the_rounds_do_not_read_are_refused(
    trl: dict[str, Any], words: str, small_run: Make, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words):
        grpo_config(load_config(small_run(algorithm=ROUNDS, trl=trl)), tmp_path)


@pytest.mark.parametrize(
    "trl",
    [
        {"beta": 0.0, "use_vllm": False, "num_iterations": 1, "eval_strategy": "no", "min_p": None},
        {"temperature": 0.7, "top_p": 0.9, "top_k": 5, "chat_template_kwargs": {"a": 1}},
        {"top_p": 0.9, "steps_per_generation": 2},  # no importance ratios
        {"max_steps": 7, "save_steps": 3, "steps_per_generation": 2, "save_total_limit": 2},
        {"weight_decay": 0.1, "warmup_steps": 2, "optim": "sgd", "max_grad_norm": 0.5},
    ],
    ids=str,
)
def test_what_they_read_and_what_says_nothing_is_accepted(
    trl: dict[str, Any], small_run: Make, tmp_path: Path
) -> None:
    made = grpo_config(load_config(small_run(algorithm=ROUNDS, trl=trl)), tmp_path)
    assert made.learning_rate == 1e-2


def test_fine_tuning_takes_every_field_that_is_accepted(small_run: Make, tmp_path: Path) -> None:
    from reasoners.algorithms.settings import Rounds

    trl = {"weight_decay": 0.1, "warmup_steps": 2, "optim": "sgd", "max_grad_norm": 0.5}
    made = grpo_config(load_config(small_run(algorithm=ROUNDS, trl=trl)), tmp_path)
    tuned = sft_config(made, Rounds(epochs=3), 1)
    for field in allowed_fields() - SAMPLED - {"max_steps", "save_steps", "steps_per_generation"}:
        if field != "generation_batch_size":
            assert getattr(tuned, field) == getattr(made, field), field
    assert tuned.max_length is None  # TRL's default cuts at 1,024 tokens
    assert (tuned.num_train_epochs, tuned.max_steps, tuned.seed) == (3, -1, made.seed + 1)


@pytest.mark.parametrize("recipe", ["demo", "smollm2_cpu", "sql_smoke"])
def test_the_small_recipes_go_with_rounds(recipe: str, tmp_path: Path) -> None:
    assert grpo_config(load_config(recipe, {"algorithm.name": "superhf"}), tmp_path)


def test_a_recipe_of_a_gpu_says_what_to_change(tmp_path: Path) -> None:
    given = {"algorithm.name": "superhf"}
    with pytest.raises(ConfigError, match=r"trl\.use_vllm has no effect with algorithm\.name: superhf"):
        grpo_config(load_config("gsm8k_qwen2.5_0.5b", given), tmp_path)
    assert grpo_config(load_config("gsm8k_qwen2.5_0.5b", {**given, "trl.use_vllm": False}), tmp_path)


def test_reports_to_elsewhere_are_refused(small_run: Make, tmp_path: Path) -> None:
    run = {"dir": str(tmp_path / "r"), "report_to": ["tensorboard"]}
    with pytest.raises(ConfigError, match=r"run\.report_to has no effect .*metrics\.jsonl"):
        grpo_config(load_config(small_run(algorithm=ROUNDS, run=run)), tmp_path)


def test_several_processes_are_refused(
    small_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds, online = small_run("rounds", algorithm=ROUNDS), small_run("online")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert grpo_config(load_config(rounds), tmp_path)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match=r"raft .*one process.*2 were started"):
        grpo_config(load_config(rounds), tmp_path)
    assert trl_arguments(load_config(online))
