"""Datasets that ship with the package, so that the default runs need no network."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib.resources import files
from typing import Any

Row = dict[str, Any]

SENTIMENT_HELD_OUT = 100


def sentiment(split: str) -> list[Row]:
    """Return review sentences labelled positive or negative; 100 rows are held out, chosen once by a fixed seed."""
    lines = files("reasoners.embedded").joinpath("sentiment.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[Row] = [json.loads(line) for line in lines if line.strip()]
    random.Random(0).shuffle(rows)
    return rows[SENTIMENT_HELD_OUT:] if split == "train" else rows[:SENTIMENT_HELD_OUT]


def addition(split: str) -> list[Row]:
    """Return 2-digit additions; the held-out ones are seen neither in warm start nor in RL."""
    from reasoners.models.addition import addition_rows

    rows: list[Row] = addition_rows("train" if split == "train" else "test")
    return rows


def queries(split: str) -> list[Row]:
    """Return tiny text-to-SQL questions with their databases; the held-out ones are seen neither before nor in RL."""
    from reasoners.models.queries import query_rows

    rows: list[Row] = query_rows("train" if split == "train" else "test")
    return rows


DATASETS: dict[str, Callable[[str], list[Row]]] = {
    "addition": addition,
    "queries": queries,
    "sentiment": sentiment,
}
