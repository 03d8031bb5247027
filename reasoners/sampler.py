"""The order of prompts: every prompt of an epoch is visited, and a resumed epoch has the same order."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler


class EveryPromptSampler(Sampler[int]):
    """Yield prompt indices in chunks as TRL's trainer expects, dropping none.

    TRL's own sampler drops the last incomplete chunk of an epoch; this one fills it with the first prompts of the same
    epoch. The permutation depends on (seed, epoch) only.

    Args:
        size: number of prompts.
        group: samples per prompt; each index is repeated that often in a row.
        chunk: prompts per generation batch.
        repeats: how often a chunk is repeated (TRL reuses one generation batch for several micro-steps).
        shuffle: False keeps the order of the data.
        seed: with the epoch, the seed of the permutation.
    """

    def __init__(self, size: int, group: int, chunk: int, repeats: int, shuffle: bool, seed: int) -> None:
        self.size, self.group, self.chunk, self.repeats = size, group, chunk, repeats
        self.shuffle, self.seed, self.epoch = shuffle, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; the trainer calls this."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        order = list(range(self.size))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
            order = torch.randperm(self.size, generator=generator).tolist()
        chunks = -(-self.size // self.chunk)
        padded = [order[i % self.size] for i in range(chunks * self.chunk)]
        for start in range(0, len(padded), self.chunk):
            for _ in range(self.repeats):
                for index in padded[start : start + self.chunk]:
                    yield from [index] * self.group

    def __len__(self) -> int:
        return -(-self.size // self.chunk) * self.chunk * self.group * self.repeats
