"""Step time of RLVRTrainer against TRL's GRPOTrainer with the same settings, in one process, step by step.

    python benchmarks/step_time.py [--steps 60]

Both train the embedded proxy on the demo's settings, 128 rollouts a step; ours scores with its suite and records every
rollout, in the background as in a run; `--flush` makes each step wait until they are on disk. The model is so small
that whatever we add shows most. The two trainers take turns, one step each, so that both see the same machine; a pair
is one step of each. Prints the median of the pairs' ratios with a 95 % interval (bootstrap over pairs); the first
steps are dropped.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console

WARM_UP = 3


class Turns:
    """Lets two trainers take turns, one step each."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.whose = "ours"

    def wait(self, name: str) -> None:
        with self.condition:
            self.condition.wait_for(lambda: self.whose in (name, "anyone"))

    def give(self, name: str) -> None:
        with self.condition:
            if self.whose != "anyone":
                self.whose = "plain" if name == "ours" else "ours"
            self.condition.notify_all()

    def leave(self) -> None:
        with self.condition:
            self.whose = "anyone"
            self.condition.notify_all()


def clock(name: str, turns: Turns, seconds: list[float]) -> Any:
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc]
        """Times a step from the moment it is this trainer's turn."""

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            turns.wait(name)
            self.begin = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if self.recorder is not None:
                self.recorder.flush(0)
            seconds.append(time.perf_counter() - self.begin)
            turns.give(name)

    made = Clock()
    made.recorder = None
    return made


def config(folder: Path, steps: int) -> Any:
    from reasoners.config import load_config

    return load_config("demo", {"run.dir": str(folder), "trl.max_steps": steps, "trl.save_strategy": "no"})


def make_ours(folder: Path, steps: int) -> Any:
    from reasoners.models.device import choose_precision
    from reasoners.models.load import resolve_model
    from reasoners.run_folder import RunFolder
    from reasoners.training import _trainer, check
    from reasoners.trl_args import grpo_config

    settings = config(folder, steps)
    run = RunFolder(settings.run.dir)
    run.open(settings, resume=False, overwrite=True)
    precision = choose_precision(wanted=settings.model.precision)
    arguments = grpo_config(settings, settings.run.dir, precision)
    console, source = Console(quiet=True), resolve_model(settings.model.name)
    trainer, _, _ = _trainer(check(settings), arguments, precision, run, console, source)
    return trainer


def make_plain(folder: Path, steps: int) -> Any:
    from datasets import Dataset
    from transformers import ProgressCallback
    from transformers.trainer_callback import PrinterCallback
    from trl import GRPOTrainer

    from reasoners.data import load_rows
    from reasoners.models.device import choose_precision
    from reasoners.models.load import load_model
    from reasoners.trl_args import grpo_config

    settings = config(folder, steps)
    precision = choose_precision(wanted=settings.model.precision)
    model, tokenizer = load_model(settings.model.name, precision)
    rows = [{"prompt": r["question"], "answer": r["answer"]} for r in load_rows(settings.data, "train")]

    def right(completions: list[str], answer: list[str], **_: Any) -> list[float]:
        return [float(c.rpartition(":")[2] == a) for c, a in zip(completions, answer, strict=True)]

    trainer = GRPOTrainer(
        model=model.train(),
        reward_funcs=[right],
        args=grpo_config(settings, folder, precision),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    for noisy in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(noisy)
    return trainer


def run(name: str, trainer: Any, turns: Turns, seconds: list[float], flush: bool) -> None:
    from eval.threads import one_thread

    timer = clock(name, turns, seconds)
    timer.recorder = getattr(trainer, "recorder", None) if flush else None
    trainer.add_callback(timer)
    with one_thread():  # the number of threads is set per thread, as a run of so small a model does
        trainer.train()
    turns.leave()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--flush", action="store_true", help="wait for each step's records to be on disk")
    given = parser.parse_args()
    steps = given.steps
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    turns = Turns()
    with tempfile.TemporaryDirectory() as scratch:
        made = {"ours": make_ours, "plain": make_plain}
        trainers = {name: make(Path(scratch) / name, steps) for name, make in made.items()}
        threads = [
            threading.Thread(target=run, args=(name, trainer, turns, seconds[name], given.flush))
            for name, trainer in trainers.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    ratios = [a / b for a, b in zip(seconds["ours"], seconds["plain"], strict=True)][WARM_UP:]
    draws = sorted(statistics.median(random.Random(i).choices(ratios, k=len(ratios))) for i in range(2000))
    print(
        json.dumps(
            {
                "ratio": round(statistics.median(ratios), 4),
                "interval_95": [round(draws[50], 4), round(draws[1949], 4)],
                "pairs": len(ratios),
                "ours_s": round(statistics.median(seconds["ours"][WARM_UP:]), 4),
                "plain_s": round(statistics.median(seconds["plain"][WARM_UP:]), 4),
                "target": 1.05,
            }
        )
    )


if __name__ == "__main__":
    main()
