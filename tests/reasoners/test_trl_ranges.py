"""Numbers that TRL would take, to fail later with a traceback or to train nonsense, are refused with a sentence."""

from __future__ import annotations

import importlib.util
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.config import ConfigError, load_config
from reasoners.trl_args import grpo_config
from reasoners.trl_ranges import RANGES


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("learning_rate", -1, r"trl\.learning_rate = -1\.0: it must be at least 0\."),
        ("learning_rate", math.nan, r"trl\.learning_rate = nan"),
        ("learning_rate", math.inf, r"trl\.learning_rate = inf"),
        ("adam_beta1", 1.0, r"at least 0 and below 1\."),
        ("adam_epsilon", -1e-8, "at least 0"),
        ("temperature", 0, "above 0"),
        ("top_p", 1.5, "above 0 and at most 1"),
        ("top_k", -3, "at least 0"),
        ("gradient_accumulation_steps", 0, "at least 1"),
        ("per_device_train_batch_size", 0, "at least 1"),
        ("max_completion_length", 0, "at least 1"),
        ("num_generations", 0, "at least 1"),
        ("num_iterations", 0, "at least 1"),
        ("beta", -1, "at least 0"),
    ],
)
@pytest.mark.parametrize("name", [None, "raft"])
def test_a_number_outside_its_range_is_refused(
    name: str | None, field: str, value: float, words: str, small_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = small_run(trl={field: value}, algorithm={"name": name})
    with pytest.raises(ConfigError, match=rf"trl\.{field} = .*") as caught:
        grpo_config(load_config(path), tmp_path)
    assert caught.match(words)


@pytest.mark.parametrize(
    "trl",
    [
        {"learning_rate": 0, "weight_decay": 0, "max_grad_norm": 0, "beta": 0, "epsilon": 0, "adam_beta1": 0},
        {"top_p": 1, "top_k": 0, "min_p": 0, "temperature": 0.01, "num_iterations": 1},
        {"min_p": None, "epsilon_high": None, "max_steps": -1},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_and_none_are_accepted(
    trl: dict[str, float | None], small_run: Callable[..., Path], tmp_path: Path
) -> None:
    assert grpo_config(load_config(small_run(trl=trl)), tmp_path)


def test_trl_knows_every_field_and_its_defaults_are_inside() -> None:
    from trl import GRPOConfig

    for field, allowed in RANGES.items():
        default = GRPOConfig.__dataclass_fields__[field].default
        assert default is None or default in allowed, field


def test_the_command_ends_without_a_traceback(
    small_run: Callable[..., Path], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = cli("train", small_run(), "trl.learning_rate=-1")
    assert done.returncode != 0
    assert "trl.learning_rate = -1.0: it must be at least 0." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("optim", ["adamw_bnb_8bit", "galore_adamw", "lomo", "schedule_free_adamw"])
def test_an_optimizer_of_a_missing_package_is_refused_before_the_model_is_loaded(
    optim: str, small_run: Callable[..., Path], tmp_path: Path
) -> None:
    package = {"adamw_bnb_8bit": "bitsandbytes", "galore_adamw": "galore_torch", "lomo": "lomo_optim"}
    if importlib.util.find_spec(package.get(optim, "schedulefree")):
        pytest.skip(f"{optim} can be used here")
    with pytest.raises(ConfigError, match=rf"trl\.optim: {optim} cannot be used: .*install"):
        grpo_config(load_config(small_run(trl={"optim": optim})), tmp_path)


@pytest.mark.parametrize("optim", ["adafactor", "sgd", "adamw_torch_fused"])
def test_optimizers_of_torch_can_be_used(optim: str, small_run: Callable[..., Path], tmp_path: Path) -> None:
    assert grpo_config(load_config(small_run(trl={"optim": optim})), tmp_path).optim == optim
