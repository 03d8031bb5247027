"""A weight that changes over the course of training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewards.errors import RewardError, unknown_name

SHAPES = ("linear", "cosine")
KEYS = ("start", "end", "from", "until", "shape")


@dataclass(frozen=True)
class Schedule:
    """A factor of the weight: `start` up to the progress `begin`, `end` from the progress `until` on.

    Attributes:
        start, end: the factor before and after.
        begin, until: shares of the training, 0 to 1; equal = a step.
        shape: "linear", or "cosine" (flat at both ends).
    """

    start: float = 1.0
    end: float = 0.0
    begin: float = 0.0
    until: float = 1.0
    shape: str = "linear"

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise RewardError("schedule: " + unknown_name("shape", str(self.shape), SHAPES))
        if not (math.isfinite(self.start) and math.isfinite(self.end) and min(self.start, self.end) >= 0):
            raise RewardError(
                f"schedule: `start` {self.start} and `end` {self.end} must be finite and not negative."
            )
        if not 0 <= self.begin <= self.until <= 1:
            raise RewardError(
                f"schedule: `from` {self.begin} and `until` {self.until} must rise and lie in [0, 1]."
            )

    def factor(self, progress: float) -> float:
        """Return the factor at a progress in [0, 1]."""
        if progress >= self.until:
            return self.end
        if progress <= self.begin:
            return self.start
        share = (progress - self.begin) / (self.until - self.begin)
        if self.shape == "cosine":
            share = (1 - math.cos(math.pi * share)) / 2
        return self.start + (self.end - self.start) * share


def read_schedule(given: Any) -> Schedule | None:
    """Return the schedule of a config entry: a mapping with the keys of `KEYS`, or None. Raises `RewardError`."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise RewardError(f"schedule {given!r} must be a mapping with {', '.join(KEYS)}.")
    for key in given:
        if key not in KEYS:
            raise RewardError("schedule: " + unknown_name("key", str(key), KEYS))
    numbers = {"begin" if key == "from" else key: value for key, value in given.items() if key != "shape"}
    for key, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RewardError(f"schedule: `{'from' if key == 'begin' else key}` = {value!r} is no number.")
    return Schedule(**numbers, shape=given.get("shape", "linear"))


def read_clip(given: Any) -> tuple[float, float] | None:
    """Return the clip of a config entry: [low, high], rising and finite, or None. Raises `RewardError`."""
    if given is None:
        return None
    numbers = (
        isinstance(given, list | tuple)
        and len(given) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in given)
    )
    if not numbers or not given[0] < given[1]:
        raise RewardError(f"`clip` {given!r} must be two finite numbers that rise: [low, high].")
    return float(given[0]), float(given[1])
