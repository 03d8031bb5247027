"""What `check` finds before a run has a folder, and what a run that fails before its first step leaves: nothing."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.algorithms.presets import AlgorithmError
from reasoners.checking import check
from reasoners.config import ConfigError, load_config
from reasoners.data import DataError
from reasoners.training import train

Make = Callable[..., Path]
QUIET = Console(quiet=True)
PPO = {"name": "ppo", "value_warmup": 4}
PROGRESS = {"placement": "tokens", "outcome": "rigth"}


@pytest.mark.parametrize(
    ("key", "value", "error", "words"),
    [
        ("held_out", {}, ConfigError, r"held_out needs held-out rows: set data\.eval"),
        ("trl.eval_strategy", "steps", ConfigError, r"trl\.eval_strategy: steps needs .*data\.eval"),
        ("trl.eval_on_start", True, ConfigError, r"trl\.eval_on_start needs .*data\.eval"),
        ("trl.save_strategy", "best", ConfigError, r"needs trl\.metric_for_best_model"),
        ("progress", PROGRESS, ConfigError, "no reward is labelled `rigth`. Known: digits"),
        ("formats", {"bad": "("}, ConfigError, r"formats\.bad: `\(` is not a regular expression: missing \)"),
        ("run.report_to", ["foo"], ConfigError, r"run\.report_to: foo is not supported, only .*wandb"),
        ("run.dir", "{tmp}/rows.jsonl", ConfigError, r"run\.dir: .* because .*rows\.jsonl is a file"),
        ("run.dir", "{tmp}/rows.jsonl/a/b", ConfigError, r"/a/b cannot be .* because .*rows\.jsonl is a"),
        ("run.seed", -1, ConfigError, r"run\.seed.* = -1: .*greater than or equal to 0"),
        ("run.seed", 2**32, ConfigError, r"run\.seed.*less than 4294967296"),
        ("trl.chat_template_kwargs", "foo", ConfigError, r"chat_template_kwargs = 'foo': .* a mapping"),
        ("data.train", "{tmp}/comma.csv", DataError, r"comma\.csv, line 4: 3 fields, .* names 2 columns"),
        ("algorithm", PPO, AlgorithmError, r"value_warmup: 4 .* the run has 4 steps: the policy would"),
    ],
)
def test_it_is_found_before_there_is_a_folder(
    key: str, value: Any, error: type[Exception], words: str, small_run: Make, tmp_path: Path
) -> None:
    (tmp_path / "comma.csv").write_text('question,answer\n"1,1",2\n3,4\n5,5,10\n')
    given = value.format(tmp=tmp_path) if isinstance(value, str) else value
    path = small_run()
    before = set(tmp_path.rglob("*"))
    with pytest.raises(error, match=words):
        check(load_config(path, {key: given}))
    assert set(tmp_path.rglob("*")) == before


def test_a_service_whose_package_is_missing_is_found(small_run: Make) -> None:
    if importlib.util.find_spec("wandb"):
        pytest.skip("wandb can be used here")
    with pytest.raises(ConfigError, match=r"run\.report_to: .*pip install wandb"):
        check(load_config(small_run(), {"run.report_to": ["wandb"]}))


def test_what_is_in_order_is_left_alone(small_run: Make, tmp_path: Path) -> None:
    (tmp_path / "comma.csv").write_text('question,answer\n"1,1",2\n3,4\n5,10\n')
    given = {
        "data.train": str(tmp_path / "comma.csv"),
        "data.eval": str(tmp_path / "held_out.jsonl"),
        "held_out": {},
        "trl.eval_strategy": "steps",
        "trl.per_device_eval_batch_size": 4,
        "trl.chat_template_kwargs": '{"enable_thinking": false}',  # TRL reads it as JSON
        "run.seed": 2**32 - 1,
        "formats": {"any": "(.*)"},
        "algorithm": {"name": "ppo", "value_warmup": 3},
    }
    rows = check(load_config(small_run(), given)).rows
    assert [row["question"] for row in rows["train"]] == ["1,1", "3", "5"]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("wrong", "mended", "error", "words"),
    [
        (
            {"model.lora": {"r": 2, "target_modules": ["nope"]}},
            {"model.lora": {"r": 2}},
            ConfigError,
            r"model\.lora\.target_modules: \['nope'\] does not fit .*nope",
        ),
        (
            {"held_out": {"every": 1, "n": 1}, "audit.max_new_tokens": 62},
            {"held_out": {"every": 1, "n": 1}, "audit.max_new_tokens": 6},
            DataError,
            r"4 of 4 prompts leave no room for 62 new tokens .* Lower audit\.max_new_tokens",
        ),
        (
            {"algorithm": {"name": "ppo", "value_warmup": 100}, "trl.max_steps": -1},
            {"algorithm": {"name": "ppo", "value_warmup": 1}},
            AlgorithmError,
            r"value_warmup: 100 .* the run has \d+ steps",
        ),
    ],
    ids=["adapters", "held_out", "warm_up"],
)
def test_a_run_that_fails_before_its_first_step_is_not_in_the_way_of_the_mended_one(
    wrong: dict[str, Any],
    mended: dict[str, Any],
    error: type[Exception],
    words: str,
    small_run: Make,
    tmp_path: Path,
) -> None:
    path = small_run(trl={"num_train_epochs": 1, "max_steps": 2})
    both = {"data.eval": str(tmp_path / "held_out.jsonl")}
    with pytest.raises(error, match=words):
        train(load_config(path, both | wrong), QUIET)
    assert not (tmp_path / "run").exists()
    assert train(load_config(path, both | mended), QUIET).metrics


def test_prompts_too_long_to_be_held_out_are_dropped_where_the_config_says_so(
    small_run: Make, tmp_path: Path
) -> None:
    rows = [{"id": "short", "question": "1+1=", "answer": "2"}]
    rows += [{"id": f"long{i}", "question": "1+" * 10 + f"{i}=", "answer": "9"} for i in range(2)]
    (tmp_path / "held_out.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = {
        "data.eval": str(tmp_path / "held_out.jsonl"),
        "data.too_long": "drop",
        "held_out": {"every": 1, "n": 1},
        "audit.max_new_tokens": 50,
        "trl.max_steps": 1,
    }
    root = train(load_config(small_run(), given), QUIET).folder.root
    assert json.loads((root / "manifest.json").read_text())["held_out_too_long"] == 2
    (row,) = (json.loads(line) for line in (root / "held_out.jsonl").read_text().splitlines())
    assert row["problems"] == 1
