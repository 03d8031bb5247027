"""The algorithms page names every preset, and its examples are configs that load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.algorithms.presets import NOT_HERE, PRESETS
from reasoners.config import parse_config
from reasoners.trl_args import grpo_config

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "algorithms.md").read_text()


def test_every_preset_has_its_line_and_its_source() -> None:
    rows = {}
    for line in PAGE.splitlines():
        found = re.match(r"\| `(\w+)` \|", line)
        if found:
            rows[found[1]] = line
    assert rows.keys() == PRESETS.keys()
    for name, preset in PRESETS.items():
        assert preset.source in rows[name], name
    assert all(name in PAGE for name in NOT_HERE)


def test_its_examples_are_configs(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        tree = yaml.safe_load(block)
        config = parse_config({"rewards": ["number"], **tree})
        assert grpo_config(config, tmp_path).learning_rate > 0
