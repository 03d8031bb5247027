"""Step time of RLVRTrainer against TRL's GRPOTrainer with the same settings, in one process, pair by pair.

    python benchmarks/step_time.py [--pairs 6] [--steps 12]

Both train the embedded proxy on the demo's settings, 128 rollouts a step; ours scores with its suite and records every
rollout. The model is so small that whatever we add shows most. A pair is one run of each, in alternating order; the
first steps of each run are dropped. Prints the median ratio of the pairs' median step times, and its range.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

WARM_UP = 2


class StepClock:
    """Collects the wall time between the ends of steps."""

    def __new__(cls) -> Any:
        from transformers import TrainerCallback

        class Clock(TrainerCallback):  # type: ignore[misc]
            def __init__(self) -> None:
                self.seconds: list[float] = []
                self.last = 0.0

            def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                self.last = time.perf_counter()

            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                self.seconds.append(time.perf_counter() - self.last)

        return Clock()


def config(folder: Path, steps: int) -> Any:
    from reasoners.config import load_config

    return load_config("demo", {"run.dir": str(folder), "trl.max_steps": steps, "trl.save_strategy": "no"})


def time_ours(folder: Path, steps: int) -> float:
    from reasoners.models.device import choose_precision
    from reasoners.run_folder import RunFolder
    from reasoners.training import _trainer, check
    from reasoners.trl_args import grpo_config

    settings = config(folder, steps)
    run = RunFolder(settings.run.dir)
    run.open(settings, resume=False, overwrite=True)
    precision = choose_precision(wanted=settings.model.precision)
    arguments = grpo_config(settings, settings.run.dir, precision)
    trainer, _, _ = _trainer(check(settings), arguments, precision, run, Console(quiet=True))
    return run_timed(trainer)


def time_plain(folder: Path, steps: int) -> float:
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
    return run_timed(trainer)


def run_timed(trainer: Any) -> float:
    from eval.threads import fitting_threads

    clock = StepClock()
    trainer.add_callback(clock)
    with fitting_threads(trainer.model):
        trainer.train()
    return statistics.median(clock.seconds[WARM_UP:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--steps", type=int, default=12)
    wanted = parser.parse_args()
    runs = {"ours": time_ours, "plain": time_plain}
    ratios, seconds = [], {name: [] for name in runs}
    with tempfile.TemporaryDirectory() as scratch:
        for pair in range(wanted.pairs):
            order = list(runs) if pair % 2 else list(runs)[::-1]
            found = {name: runs[name](Path(scratch) / name, wanted.steps) for name in order}
            ratios.append(found["ours"] / found["plain"])
            for name, value in found.items():
                seconds[name].append(value)
            print(f"pair {pair}: ours {found['ours']:.4f} s, plain {found['plain']:.4f} s", flush=True)
    print(
        json.dumps(
            {
                "ratio": statistics.median(ratios),
                "ratio_range": [min(ratios), max(ratios)],
                "ours_s": statistics.median(seconds["ours"]),
                "plain_s": statistics.median(seconds["plain"]),
                "target": 1.05,
            }
        )
    )


if __name__ == "__main__":
    main()
