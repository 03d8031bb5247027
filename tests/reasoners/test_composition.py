"""A run whose rewards depend on its split and on its progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from rewards import iter_records

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.checking import check
from reasoners.config import ConfigError, load_config
from reasoners.training import train


def test_a_run_passes_split_and_progress_to_its_rewards(
    small_run: Callable[..., Path], tmp_path: Path
) -> None:
    digits = f"{tmp_path / 'digits.py'}:digits"
    path = small_run(
        trl={"eval_strategy": "steps", "eval_steps": 4, "per_device_eval_batch_size": 4},
        data={"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")},
        rewards=[
            {"name": digits, "clip": [0.0, 0.25]},
            {
                "name": digits,
                "label": "fading",
                "weight": 2.0,
                "only": "train",
                "times": "digits",
                "schedule": {"start": 1.0, "end": 0.0, "from": 0.0, "until": 0.5},
            },
        ],
    )
    result = train(load_config(path), Console(quiet=True))
    factors = {0: 1.0, 1: 0.5, 2: 0.0, 3: 0.0}
    trained = list(iter_records(result.folder.root, "train"))
    assert {r.rollout.source.step for r in trained} == set(factors)
    for record in trained:
        share = record.verdict.scores["digits"].value
        assert share is not None
        expected = min(share, 0.25) + 2.0 * factors[record.rollout.source.step] * share * share
        assert record.verdict.total == pytest.approx(expected, abs=1e-9)
    held_out = list(iter_records(result.folder.root, "eval"))
    assert held_out
    for record in held_out:
        assert set(record.verdict.scores) == {"digits"}
        assert record.verdict.total == pytest.approx(min(record.verdict.scores["digits"].value or 0.0, 0.25))


def test_the_config_names_runner_and_cache(small_run: Callable[..., Path], tmp_path: Path) -> None:
    cache = tmp_path / "scores.sqlite"
    config = load_config(small_run(limits={"workers": 1, "deadline": 2.5, "cache": str(cache)}))
    suite = check(config).suite
    runner = suite.terms[0].reward.runner
    assert runner is not None
    assert runner.cache is not None
    assert (runner.workers, runner.deadline, runner.cache.path) == (1, 2.5, cache)
    with pytest.raises(ConfigError, match=r"limits\.runner"):
        load_config(small_run(limits={"runner": "spark"}))
