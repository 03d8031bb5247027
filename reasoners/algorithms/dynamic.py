"""Dynamic sampling: which prompts replace dead groups, and how their rollouts take the dead ones' places.

A group is dead where all its samples have one reward: it gives no gradient. DAPO (arXiv 2503.14476, section 3.2)
samples on until the batch is full of live groups; here a budget bounds that, and what was spent is reported.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

LEFT_PADDED = ("prompt_ids", "prompt_mask")
RECENT = 0.5
"""Weight of the newest group in a prompt's pass rate."""
_LIVE = 1e-8
"""Rewards of a group that differ by no more are the same."""


@dataclass
class PromptPool:
    """Draws prompts by number. Its only state is the recent pass rate of each prompt seen.

    Args:
        size: number of prompts.
        seed: of the run.
        pool: "uniform", or "difficulty": weight p (1 - p), where a prompt never seen counts as p = 1/2.
    """

    size: int
    seed: int
    pool: Literal["uniform", "difficulty"] = "uniform"
    rates: dict[int, float] = field(default_factory=dict)

    def update(self, solved: Mapping[int, float]) -> None:
        """Take in the share of right samples of each prompt of a batch."""
        for number, share in solved.items():
            before = self.rates.get(number)
            self.rates[number] = share if before is None else (1 - RECENT) * before + RECENT * share

    def draw(self, count: int, exclude: Collection[int], step: int, turn: int) -> list[int]:
        """Return up to `count` distinct prompts outside `exclude`; the same for the same state, step and turn."""
        left = sorted(set(range(self.size)) - set(exclude))
        source = random.Random(f"{self.seed}/{step}/{turn}")
        if self.pool == "uniform":
            return source.sample(left, min(count, len(left)))
        # Weighted without replacement: the largest of u^(1/w) (Efraimidis and Spirakis 2006).
        keys = {n: source.random() ** (1 / self._weight(n)) for n in left}
        return sorted(left, key=lambda n: (-keys[n], n))[:count]

    def _weight(self, number: int) -> float:
        rate = self.rates.get(number, 0.5)
        return max(rate * (1 - rate), 0.01)  # a prompt that was all right or all wrong may have changed

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"rates": dict(self.rates)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave."""
        self.rates = dict(state["rates"])


def live_groups(totals: Tensor, group: int) -> Tensor:
    """Return (groups,) booleans: whether two known samples of the group differ.

    Args:
        totals: (samples,), groups side by side; NaN where masked.
        group: samples per prompt.
    """
    return _spreads(totals, group) > _LIVE


def tiny_spreads(totals: Tensor, group: int, below: float) -> float:
    """Return the share of groups that are live, but whose largest and smallest reward differ by less than `below`."""
    spreads = _spreads(totals, group)
    return float(((spreads > _LIVE) & (spreads < below)).float().mean())


def _spreads(totals: Tensor, group: int) -> Tensor:
    """Return each group's largest known reward minus its smallest; -inf where all are masked."""
    rewards = totals.view(-1, group)
    return rewards.nan_to_num(nan=-torch.inf).amax(dim=1) - rewards.nan_to_num(nan=torch.inf).amin(dim=1)


def match_places(alive: Tensor, found: Tensor, per_rank: int) -> list[tuple[int, int]]:
    """Return pairs (dead group, live group of the extra batch), each within one rank.

    Args:
        alive: (groups,), over all ranks.
        found: (groups,), liveness of the extra batch.
        per_rank: groups that a rank holds.
    """
    pairs: list[tuple[int, int]] = []
    for first in range(0, len(alive), per_rank):
        ranks = range(first, first + per_rank)
        dead, live = (
            [g for g in ranks if bool(flags[g]) is want] for flags, want in ((alive, False), (found, True))
        )
        pairs += zip(dead, live, strict=False)
    return pairs


def put_groups(
    batch: dict[str, Any], extra: Mapping[str, Any], places: Sequence[tuple[int, int]], group: int, pad: int
) -> None:
    """Overwrite groups of `batch` by groups of `extra`, in place; shorter rows are padded.

    Args:
        batch: tensors whose first dimension is the sample, as TRL's generation batch; others are left alone.
        extra: a batch with the same keys.
        places: pairs (group of `batch`, group of `extra`).
        group: samples per prompt.
        pad: the token that fills up `*_ids`; all else is filled with zeros.
    """
    if not places:
        return
    rows = len(batch["prompt_ids"])
    into = torch.tensor([g * group + i for g, _ in places for i in range(group)])
    out_of = torch.tensor([g * group + i for _, g in places for i in range(group)])
    for name, value in batch.items():
        if not isinstance(value, Tensor) or value.dim() == 0 or len(value) != rows:
            continue
        other = extra[name]
        if value.dim() == 2:
            width = max(value.shape[1], other.shape[1])
            fill = pad if name.endswith("_ids") else 0
            value, other = (_wide(t, width, fill, name in LEFT_PADDED) for t in (value, other))
        value[into] = other[out_of].to(value.dtype)
        batch[name] = value


def _wide(rows: Tensor, width: int, fill: int, left: bool) -> Tensor:
    missing = width - rows.shape[1]
    if missing == 0:
        return rows.clone()
    return torch.nn.functional.pad(rows, (missing, 0) if left else (0, missing), value=fill)
