"""Configs: every mistake is named before anything heavy is loaded."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reasoners.config import ConfigError, load_config, parse_config, recipes_dir

GOOD: dict[str, Any] = {"rewards": ["number"]}


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"rewards": [{"name": "number", "wieght": 1}]}, r"rewards\.0.*`wieght`.*`weight`"),
        ({**GOOD, "modle": {}}, r"`modle`. Did you mean `model`"),
        ({**GOOD, "model": {"lora": {"rank": 3}}}, r"section `model\.lora`: unknown key `rank`.*alpha"),
        ({**GOOD, "model": {"precision": "fp8"}}, r"`model\.precision` = 'fp8'.*'bf16' or 'fp32'"),
        ({"rewards": []}, r"`rewards` = \[\]"),
        ({}, r"`rewards` is missing"),
        ({**GOOD, "run": {"seed": "x"}}, r"`run\.seed` = 'x'"),
        ({**GOOD, "audit": {"n": 0}}, r"`audit\.n` = 0"),
    ],
)
def test_a_mistake_names_the_key_and_the_nearest_valid_one(tree: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_config(tree)


def test_overrides_reach_sections_lists_and_types(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("rewards: [{name: number}]\ntrl: {max_steps: 3}\n")
    config = load_config(
        path, {"run.seed": 7, "trl.learning_rate": "1e-4", "rewards.0.weight": 2, "model.lora.r": 4}
    )
    assert config.run.seed == 7
    assert config.trl == {"max_steps": 3, "learning_rate": "1e-4"}
    assert config.rewards[0].weight == 2.0
    assert config.model.lora is not None
    assert config.model.lora.r == 4
    with pytest.raises(ConfigError, match="position from 0 to 0"):
        load_config(path, {"rewards.1.weight": 2})
    with pytest.raises(ConfigError, match="`max_steps` is a value"):
        load_config(path, {"trl.max_steps.deep": 2})


@pytest.mark.parametrize("text", ["rewards: [", "- a\n- b\n", "\x00"])
def test_a_file_that_is_no_config_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load_config(path)


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="Did you mean `demo`"):
        load_config("demmo")
    assert load_config("demo") == load_config(recipes_dir() / "demo.yaml")


@pytest.mark.parametrize(
    ("trl", "said"),
    [
        ({"lerning_rate": 1}, "Did you mean `learning_rate`"),
        ({"output_dir": "x"}, r"comes from run\.dir"),
        ({"multi_objective_aggregation": "normalize_then_sum"}, "the suite adds up its rewards"),
        ({"max_steps": "many"}, r"trl\.max_steps = 'many'"),
        ({"num_generations": 7}, r"must be divisible by num_generations"),
    ],
)
def test_trl_fields_are_checked_against_the_installed_trl(trl: dict[str, Any], said: str) -> None:
    pytest.importorskip("trl", reason="needs the extra [train]")
    from reasoners.trl_args import grpo_config

    with pytest.raises(ConfigError, match=said):
        grpo_config(parse_config({**GOOD, "trl": trl}), Path("runs/none"))


def test_yaml_numbers_reach_trl_as_numbers() -> None:
    pytest.importorskip("trl", reason="needs the extra [train]")
    from reasoners.trl_args import grpo_config

    made = grpo_config(parse_config({**GOOD, "trl": {"learning_rate": "1e-4"}}), Path("runs/none"))
    assert made.learning_rate == 1e-4
    assert made.logging_steps == 1
    for given, meant in ((False, "none"), (True, "group")):
        made = grpo_config(parse_config({**GOOD, "trl": {"scale_rewards": given}}), Path("runs/none"))
        assert made.scale_rewards == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rewards=[numbr]"], "Did you mean `number`"),
        (["rewards=[{name: number, params: {wher: last}}]"], "Did you mean `where`"),
        (["data.columns={question: text}"], r"row 0: no column `text` \(data\.columns\)"),
        (["data.prompt={{ qestion }}"], "'qestion' is undefined. Columns of the row: answer, id, question"),
        (["data.train=missing.jsonl"], r"no file missing\.jsonl"),
        (["data.train=embedded:additon"], "Did you mean `addition`"),
        (["trl.lerning_rate=1"], "Did you mean `learning_rate`"),
        (["nonsense"], "not of the form key=value"),
        (["model.name=embedded:prxy"], "Did you mean `embedded:proxy`"),
    ],
)
def test_every_mistake_on_the_command_line_is_one_sentence(
    cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, words: list[str], said: str
) -> None:
    import re

    done = cli("train", "demo", f"run.dir={tmp_path}/run", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run" / "records").exists() or "model.name" in words[0]
