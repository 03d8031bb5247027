"""What several tests of small runs need: a reward that the tiny model can learn, and the run itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from reasoners.config import load_config
from reasoners.training import train

STARTS = """
from rewards import reward

@reward("starts", cost="inline")
def starts(completion: str) -> float:
    '''Pay a digit at the start.'''
    return float(completion[:1].isdigit())
"""


def starts(folder: Path) -> list[dict[str, str]]:
    """Write the reward `starts` to a folder and return the section `rewards` that names it."""
    plugin = folder / "starts.py"
    plugin.write_text(STARTS)
    return [{"name": f"{plugin}:starts"}]


def run(path: Path, **kwargs: bool) -> list[dict[str, Any]]:
    """Train by a config and return the logged steps."""
    config = load_config(path)
    train(config, Console(quiet=True), **kwargs)
    return [json.loads(line) for line in (config.run.dir / "metrics.jsonl").read_text().splitlines()]
