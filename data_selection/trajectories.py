"""Reward curves per prompt, from the records of a training run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rewards import RecordError, read_records

if TYPE_CHECKING:
    import pyarrow as pa

Signal = Literal["accuracy", "reward"]
NEEDED = ("prompt_id", "epoch", "total", "correct", "columns")


@dataclass(frozen=True)
class Trajectories:
    """The curves of a run.

    Attributes:
        rewards: prompt id -> one value per epoch, None where no sample of that epoch has one.
        columns: prompt id -> the dataset row that the prompt came from.
        epochs: the epochs used, rising.
        left_out: epochs cut short: fewer than the asked share of the prompts have a value in them.
        signal: what the values are.
    """

    rewards: Mapping[str, list[float | None]]
    columns: Mapping[str, dict[str, Any]]
    epochs: tuple[int, ...]
    left_out: tuple[int, ...]
    signal: Signal


def trajectories_from_records(
    folder: Path, signal: Signal = "accuracy", *, split: str = "train", min_coverage: float = 0.5
) -> Trajectories:
    """Average the samples of each prompt in each epoch. Masked samples do not count.

    Args:
        folder: a run's folder, or its `records`.
        signal: "accuracy" is the share of samples fully correct, as in LIMR's code, whatever the weights;
            "reward" is the mean total, as in its paper, and needs 1 to be the best total.
        split: whose records.
        min_coverage: epochs in which a smaller share of the prompts has a value are left out: a run that
            stops in the middle of an epoch would otherwise lose every prompt that it did not reach.

    Raises:
        RecordError: no records, or no sample with a value.
    """
    table = read_records(folder, split=split, columns=NEEDED)
    if table.num_rows == 0:
        raise RecordError(f"{folder} holds no records of the split `{split}`.")
    means = _means(table, signal)
    prompts = list(dict.fromkeys(table["prompt_id"].to_pylist()))
    sampled = dict(sorted(Counter(epoch for _, epoch in means).items()))
    epochs = tuple(e for e, count in sampled.items() if count >= min_coverage * len(prompts))
    if not epochs:
        raise RecordError(
            f"{folder}: no epoch has a score for {min_coverage:.0%} of its {len(prompts)} prompts."
        )
    return Trajectories(
        rewards={p: [means.get((p, e)) for e in epochs] for p in prompts},
        columns=_columns(table),
        epochs=epochs,
        left_out=tuple(e for e in sampled if e not in epochs),
        signal=signal,
    )


def _means(table: pa.Table, signal: Signal) -> dict[tuple[str, int], float]:
    import pyarrow as pa

    values = table["total" if signal == "reward" else "correct"].cast(pa.float64())
    grouped = (
        pa.table({"prompt": table["prompt_id"], "epoch": table["epoch"], "value": values})
        .group_by(["prompt", "epoch"], use_threads=False)
        .aggregate([("value", "mean")])
    )
    rows = zip(*(grouped[name].to_pylist() for name in ("prompt", "epoch", "value_mean")), strict=True)
    return {(prompt, epoch): value for prompt, epoch, value in rows if value is not None}


def _columns(table: pa.Table) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for prompt, text in zip(table["prompt_id"], table["columns"], strict=True):
        key = prompt.as_py()
        if key not in found:
            found[key] = json.loads(text.as_py())
    return found
