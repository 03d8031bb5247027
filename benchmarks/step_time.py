"""Step time of RLVRTrainer against TRL's GRPOTrainer with the same settings, in one process, step by step.

    python benchmarks/step_time.py [--steps 200]

Both train the embedded proxy on the demo's settings, 128 rollouts a step; ours scores with its suite and records every
rollout, in the background as in a run; `--flush` makes each step wait until they are on disk. The model is so small
that whatever we add shows most. The two trainers take turns, one step each, so that both see the same machine; a pair
is one step of each, from its begin to the next one's. Prints the median of the pairs' ratios with a 95 % interval
(bootstrap over pairs), by the clock and by the trainer's processor time; the first steps are dropped. With `--same`
both are TRL's: how far from 1 the machine alone can bring the ratio.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
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


def clock(name: str, turns: Turns, took: list[tuple[float, float]]) -> Any:
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc]
        """Times a step from its begin to the next one's, so that logging and fetching data count where they belong."""

        begin: tuple[float, float] | None = None

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self._pass_on()
            turns.wait(name)
            self.begin = time.perf_counter(), time.thread_time()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if self.recorder is not None:
                self.recorder.flush(0)

        def on_train_end(self, *_: Any, **__: Any) -> None:
            self._pass_on()

        def _pass_on(self) -> None:
            if self.begin is not None:
                took.append((time.perf_counter() - self.begin[0], time.thread_time() - self.begin[1]))
                turns.give(name)

    made = Clock()
    made.recorder = None
    return made


def config(folder: Path, steps: int) -> Any:
    from reasoners.config import load_config

    return load_config("demo", {"run.dir": str(folder), "trl.max_steps": steps, "trl.save_strategy": "no"})


def precision_of(settings: Any) -> Any:
    """Return what a run of this config would choose: both trainers hold their weights in it."""
    from reasoners.models.device import choose_precision
    from reasoners.models.load import resolve_model

    return choose_precision(resolve_model(settings.model.name), settings.model.precision)


def make_ours(folder: Path, steps: int) -> Any:
    from reasoners.checking import check
    from reasoners.models.load import resolve_model
    from reasoners.run_folder import RunFolder
    from reasoners.training import _trainer
    from reasoners.trl_args import grpo_config

    settings = config(folder, steps)
    run = RunFolder(settings.run.dir)
    run.open(settings, resume=False, overwrite=True)
    precision = precision_of(settings)
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
    from reasoners.models.load import load_model
    from reasoners.trl_args import grpo_config

    settings = config(folder, steps)
    precision = precision_of(settings)
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


def run(name: str, trainer: Any, turns: Turns, took: list[tuple[float, float]], flush: bool) -> None:
    from eval.threads import one_thread

    timer = clock(name, turns, took)
    timer.recorder = getattr(trainer, "recorder", None) if flush else None
    trainer.add_callback(timer)
    with one_thread():  # the number of threads is set per thread, as a run of so small a model does
        trainer.train()
    turns.leave()


def compared(ours: Sequence[float], plain: Sequence[float]) -> dict[str, Any]:
    """Return the median of the pairs' ratios, its interval, and the medians of both."""
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    draws = sorted(statistics.median(random.Random(i).choices(ratios, k=len(ratios))) for i in range(2000))
    return {
        "ratio": round(statistics.median(ratios), 4),
        "interval_95": [round(draws[50], 4), round(draws[1949], 4)],
        "ours_s": round(statistics.median(ours), 4),
        "plain_s": round(statistics.median(plain), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--flush", action="store_true", help="wait for each step's records to be on disk")
    parser.add_argument("--same", action="store_true", help="TRL's trainer against itself")
    given = parser.parse_args()
    turns = Turns()
    took: dict[str, list[tuple[float, float]]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as scratch:
        made = {"ours": make_plain if given.same else make_ours, "plain": make_plain}
        trainers = {name: make(Path(scratch) / name, given.steps) for name, make in made.items()}
        threads = [
            threading.Thread(target=run, args=(name, trainer, turns, took[name], given.flush))
            for name, trainer in trainers.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    clocks = {name: list(zip(*rows[WARM_UP:], strict=True)) for name, rows in took.items()}
    found = {
        kind: compared(clocks["ours"][at], clocks["plain"][at])
        for at, kind in enumerate(("clock", "processor"))
    }
    print(json.dumps({**found, "pairs": len(took["ours"]) - WARM_UP, "target": 1.05}))


if __name__ == "__main__":
    main()
