"""Every preset is accepted by the installed TRL, and every trap is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.algorithms.presets import PRESETS, AlgorithmError
from reasoners.config import ConfigError, load_config
from reasoners.trl_args import grpo_config

Make = Callable[..., Path]


@pytest.mark.parametrize("name", PRESETS)
def test_trl_takes_what_the_preset_sets(name: str, small_run: Make, tmp_path: Path) -> None:
    trl = {"num_generations": PRESETS[name].trl.get("num_generations", 2)}
    config = load_config(small_run(algorithm={"name": name}, trl=trl))
    made = grpo_config(config, tmp_path)
    for field, value in PRESETS[name].trl.items():
        assert getattr(made, field) == value, field


def test_the_users_own_field_wins(small_run: Make, tmp_path: Path) -> None:
    config = load_config(small_run(algorithm={"name": "dapo"}, trl={"epsilon_high": 0.4}))
    assert grpo_config(config, tmp_path).epsilon_high == 0.4


def test_a_field_that_makes_it_another_algorithm_is_refused(small_run: Make, tmp_path: Path) -> None:
    config = load_config(small_run(algorithm={"name": "dr_grpo"}, trl={"loss_type": "grpo"}))
    with pytest.raises(ConfigError, match=r"dr_grpo is defined by trl\.loss_type: dr_grpo"):
        grpo_config(config, tmp_path)


@pytest.mark.parametrize(
    ("algorithm", "trl", "words"),
    [
        ({"name": "grpoo"}, {}, "Did you mean `grpo`"),
        ({"name": "direct_dapo"}, {}, "2412.18279"),
        ({}, {"loss_type": "cispo"}, "5.0"),
        ({"name": "loop"}, {"top_p": 0.9}, "top_p=0.9"),
        ({"name": "ppo"}, {"num_generations": 1, "num_iterations": 1}, "clipping does nothing"),
        ({"name": "grpo"}, {"num_generations": 1}, "nothing to compare"),
        ({"name": "remax", "dynamic": {"budget": 1}}, {"num_generations": 1}, "num_generations above 1"),
    ],
)
def test_traps_are_refused(
    algorithm: dict[str, object], trl: dict[str, object], words: str, small_run: Make, tmp_path: Path
) -> None:
    with pytest.raises(AlgorithmError, match=words):
        grpo_config(load_config(small_run(algorithm=algorithm, trl=trl)), tmp_path)
