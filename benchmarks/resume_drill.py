"""Kill -9 at ten random moments of a run, resuming each time: the weights must equal the unbroken run's, bit for bit.

    python benchmarks/resume_drill.py                    # GRPO, PPO and dynamic sampling
    python benchmarks/resume_drill.py ppo --kills 3

Runs `reasoners train` in a process of its own on the proxy model, with gradient accumulation and several optimizer
steps per generation batch, checkpoints every third step. A kill comes after a random time since training began.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASES: dict[str, list[str]] = {
    "grpo": ["algorithm.name=grpo"],
    "ppo": ["algorithm.name=ppo"],
    "dynamic": ["algorithm.name=dapo", "algorithm.dynamic={budget: 2, pool: difficulty}"],
}
COMMON = [
    "trl.max_steps=90",
    "trl.per_device_train_batch_size=8",
    "trl.gradient_accumulation_steps=2",
    "trl.steps_per_generation=4",
    "trl.num_generations=4",
    "trl.save_steps=3",
]


def command(words: list[str], folder: Path, resume: bool) -> list[str]:
    program = [sys.executable, "-m", "reasoners.cli.main", "train", "demo"]
    return [*program, *COMMON, *words, f"run.dir={folder}", *(["--resume"] if resume else [])]


def unbroken(words: list[str], folder: Path) -> float:
    """Return the seconds of all steps, without the start."""
    subprocess.run(command(words, folder, False), check=True, capture_output=True)
    return float(sum(json.loads(x).get("step_time", 0.0) for x in (folder / "metrics.jsonl").open()))


def broken(words: list[str], folder: Path, kills: int, seconds: float, source: random.Random) -> int:
    """Train with kills; return how many hit a run under way."""
    hits = 0
    for number in range(kills):
        before = steps(folder)
        process = subprocess.Popen(
            command(words, folder, number > 0), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and steps(folder) <= before:
            time.sleep(0.02)
        time.sleep(source.uniform(0, seconds / kills))
        if process.poll() is None:
            process.kill()
            hits += 1
        process.wait()
    subprocess.run(command(words, folder, True), check=True, capture_output=True)
    return hits


def steps(folder: Path) -> int:
    path = folder / "metrics.jsonl"
    return sum(1 for _ in path.open()) if path.exists() else 0


def same(one: Path, two: Path) -> dict[str, bool]:
    weights = [(d / "model" / "model.safetensors").read_bytes() for d in (one, two)]
    losses = [[json.loads(x).get("loss") for x in (d / "metrics.jsonl").open()] for d in (one, two)]
    return {"weights": weights[0] == weights[1], "losses": losses[0] == losses[1]}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    source = random.Random(wanted.seed)
    for name in wanted.cases:
        with tempfile.TemporaryDirectory() as scratch:
            one, two = Path(scratch) / "unbroken", Path(scratch) / "broken"
            seconds = unbroken(CASES[name], one)
            hits = broken(CASES[name], two, wanted.kills, seconds, source)
            print(json.dumps({"case": name, "kills": hits, "identical": same(one, two)}), flush=True)


if __name__ == "__main__":
    main()
