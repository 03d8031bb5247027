"""What the benchmarks that train a proxy share: one run's config, training it quietly, means over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SUM: dict[str, Any] = {"name": "number", "label": "sum", "params": {"where": "marker", "marker": ":"}}
"""The verifier of `embedded:addition`: the number after the last colon."""
TRL: dict[str, Any] = {
    "learning_rate": 2.0e-4,
    "lr_scheduler_type": "constant",
    "adam_beta2": 0.99,
    "save_strategy": "no",
}


def train_proxy(name: str, model: str, seed: int, folder: Path, sections: dict[str, Any]) -> Any:
    """Train on `embedded:addition` and return the run's result; `sections` are those of a config."""
    from rich.console import Console

    from reasoners.config import parse_config
    from reasoners.training import train

    tree = {
        "run": {"name": name, "dir": str(folder), "seed": seed},
        "model": {"name": model},
        "rewards": [SUM],
        **sections,
        "data": {"train": "embedded:addition", **sections.get("data", {})},
        "trl": TRL | sections["trl"],
    }
    return train(parse_config(tree), Console(quiet=True))


def over_seeds(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the mean of one value per seed and Student's interval; without one for a single seed."""
    from eval.student import t_quantile

    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = (
        t_quantile(0.5 + confidence / 2, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    )
    return mean, mean - half, mean + half


def shown(interval: Sequence[float], digits: int = 3) -> str:
    """Return `mean (low to high)`."""
    mean, low, high = (f"{v:.{digits}f}" for v in interval)
    return f"{mean} ({low} to {high})"
