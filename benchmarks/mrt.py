"""Fewer tokens at the same accuracy: MRT's progress bonus against a reward for the outcome alone.

    python benchmarks/mrt.py                # outcome alone, bonus on tokens (twice), scalar bonus; one seed, minutes
    python benchmarks/mrt.py --seeds 3

The model is `embedded:proxy-thoughts`, 0.1 million parameters, which works sums out and then checks itself, often to
its harm. Each run has the same number of samples for the policy; what the forced answers cost comes on top and is
printed. Evaluated on 200 held-out problems, one sample each: accuracy with a 95 % Wilson interval, tokens with a 95 %
normal one.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
from pathlib import Path
from typing import Any

PROBLEMS = 200
SUM: dict[str, Any] = {"name": "number", "label": "sum", "params": {"where": "marker", "marker": ":"}}
CUT = {"end": ":", "stop": "", "header": "", "markers": ["wait"], "min_paragraphs": 1, "answer_tokens": 4}
RUNS: dict[str, dict[str, Any]] = {
    "outcome": {"rewards": [SUM]},
    "mrt_tokens": {
        "rewards": [SUM],
        "progress": {**CUT, "samples": 2, "placement": "tokens", "outcome": "sum"},
    },
    "mrt_tokens_5": {
        "rewards": [SUM],
        "progress": {**CUT, "samples": 2, "placement": "tokens", "weight": 5.0, "outcome": "sum"},
    },
    "mrt_scalar": {
        "rewards": [SUM, {"name": "progress", "weight": 1.0}],
        "progress": {**CUT, "samples": 2, "probes": "ends", "outcome": "sum"},
    },
}


def config(name: str, seed: int, steps: int, folder: Path) -> Any:
    from reasoners.config import parse_config

    tree = {
        "run": {"name": name, "dir": str(folder), "seed": seed},
        "model": {"name": "embedded:proxy-thoughts"},
        "data": {
            "train": "embedded:addition",
            "eval": "embedded:addition",
            "eval_size": PROBLEMS,
            "chat": False,
        },
        **RUNS[name],
        "trl": {
            "max_steps": steps,
            "learning_rate": 2.0e-4,
            "lr_scheduler_type": "constant",
            "adam_beta2": 0.99,
            "per_device_train_batch_size": 64,
            "per_device_eval_batch_size": PROBLEMS,
            "num_generations_eval": 1,
            "max_completion_length": 110,
            "eval_strategy": "steps",
            "eval_steps": steps,
            "eval_on_start": True,
            "save_steps": steps,
        },
    }
    return parse_config(tree)


def measure(name: str, seed: int, steps: int, folder: Path) -> dict[str, Any]:
    from rich.console import Console

    from reasoners.training import train
    from rewards import read_records

    result = train(config(name, seed, steps, folder), Console(quiet=True))
    records = read_records(folder, "eval").to_pylist()
    cost = [m for m in result.metrics if "progress/answers" in m]
    return {
        "run": name,
        "seed": seed,
        "before": figures([r for r in records if r["step"] == 0]),
        "after": figures([r for r in records if r["step"] == steps]),
        "forced_answers": sum(int(m["progress/answers"]) for m in cost),
        "forced_tokens": sum(int(m["progress/tokens"]) for m in cost),
        "train_s": round(result.seconds, 1),
    }


def figures(records: list[dict[str, Any]]) -> dict[str, Any]:
    from rewards.wilson import wilson

    right = sum(bool(r["correct"]) for r in records)
    lengths = [r["completion_tokens"] for r in records]
    half = 1.96 * statistics.stdev(lengths) / math.sqrt(len(lengths))
    mean = statistics.mean(lengths)
    return {
        "n": len(records),
        "accuracy": right / len(records),
        "interval": wilson(right, len(records)),
        "tokens": round(mean, 1),
        "tokens_interval": (round(mean - half, 1), round(mean + half, 1)),
    }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| run | seed | accuracy before | after | tokens before | after | forced answers | their tokens | train s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        b, a = r["before"], r["after"]
        low, high = a["interval"]
        lines.append(
            f"| {r['run']} | {r['seed']} | {b['accuracy']:.3f} | {a['accuracy']:.3f} [{low:.3f}, {high:.3f}] "
            f"| {b['tokens']} | {a['tokens']} {list(a['tokens_interval'])} "
            f"| {r['forced_answers']} | {r['forced_tokens']} | {r['train_s']} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", default=list(RUNS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=40)
    wanted = parser.parse_args()
    rows = []
    for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds):
        for name in wanted.runs:
            with tempfile.TemporaryDirectory() as scratch:
                rows.append(measure(name, seed, wanted.steps, Path(scratch) / "run"))
            print(json.dumps(rows[-1]), flush=True)
    print("\n" + table(rows))


if __name__ == "__main__":
    main()
