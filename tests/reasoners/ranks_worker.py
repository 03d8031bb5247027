"""Train configs with scripted completions: each depends on its prompt, its place and the step, on no rank's generator.

Run by `test_ranks.py` on one process and on two, which must then agree. With `--dies-saving STEP` the second process
is killed before it writes its part of that step's checkpoint, the first one having had time for its own.
"""

from __future__ import annotations

import os
import random
import sys
import time
from typing import Any

from rich.console import Console

from reasoners import trainer as ours
from reasoners.config import load_config
from reasoners.exact_resume import ExactResume
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


def dies_saving(step: int) -> None:
    original = ExactResume._state

    def state(trainer: Any) -> dict[str, Any]:
        if trainer.accelerator.process_index == 1 and trainer.state.global_step == step:
            time.sleep(2)
            print("rank 1 dies", flush=True)
            os._exit(9)
        return original(trainer)

    ExactResume._state = staticmethod(state)  # type: ignore[method-assign]


if __name__ == "__main__":
    ours.RLVRTrainer._generate_single_turn = scripted
    paths = sys.argv[1:]
    if paths[0] == "--dies-saving":
        dies_saving(int(paths[1]))
        paths = paths[2:]
    for path in paths:
        train(load_config(path), Console(quiet=True))
