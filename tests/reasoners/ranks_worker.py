"""Train configs with scripted completions: each depends on its prompt, its place and the step, on no rank's generator.

Run by `test_ranks.py` on one process and on two, which must then agree.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from rich.console import Console

from reasoners import trainer as ours
from reasoners.config import load_config
from reasoners.training import train


def scripted(
    self: Any, prompt_ids: list[list[int]], images: Any, fields: Any, count: int, **_: Any
) -> tuple[Any, None]:
    first = self.accelerator.process_index * len(prompt_ids)
    found = []
    for place, ids in enumerate(prompt_ids, start=first):
        source = random.Random(f"{ids}/{place % max(count, 1)}/{self.state.global_step}")
        length = source.randint(1, 5)
        found.append([source.randint(4, 12) for _ in range(length)] + [self.eos_token_ids[0]])
    return found, None


if __name__ == "__main__":
    ours.RLVRTrainer._generate_single_turn = scripted
    for path in sys.argv[1:]:
        train(load_config(path), Console(quiet=True))
