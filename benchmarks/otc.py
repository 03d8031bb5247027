"""Fewer tool calls at the same accuracy: OTC against a reward for the outcome alone, on sums with a calculator.

    python benchmarks/otc.py                # outcome alone, OTC-PPO's form, OTC-GRPO's form; one seed, minutes
    python benchmarks/otc.py --seeds 3

The model is `embedded:proxy-tools`, 0.1 million parameters, and the loop is TRL's own: it may call the calculator,
once or several times, or work the sum out itself. Each run is evaluated on 200 held-out problems, one sample each,
before and after. The bar: at least 60 % fewer calls than the run without OTC, at an accuracy within that run's 95 %
interval.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

PROBLEMS = 200
CONSTANTS = {"alpha": 1.0, "c": 2.0}
SUM: dict[str, Any] = {"name": "number", "label": "sum", "params": {"where": "marker", "marker": ":"}}
REWARDS: dict[str, list[dict[str, Any]]] = {
    "outcome": [SUM],
    "otc_ppo": [
        {**SUM, "times": "tool_efficiency"},
        {"name": "tool_efficiency", "weight": 0, "params": CONSTANTS},
    ],
    "otc_grpo": [SUM, {"name": "otc_group", "params": {**CONSTANTS, "carry": True}}],
}


def config(name: str, seed: int, steps: int, folder: Path) -> Any:
    from reasoners.config import parse_config

    tree = {
        "run": {"name": name, "dir": str(folder), "seed": seed},
        "model": {"name": "embedded:proxy-tools"},
        "data": {
            "train": "embedded:addition",
            "eval": "embedded:addition",
            "eval_size": PROBLEMS,
            "chat": True,
        },
        "rewards": REWARDS[name],
        "tools": ["calculator"],
        "trl": {
            "max_steps": steps,
            "learning_rate": 2.0e-4,
            "lr_scheduler_type": "constant",
            "adam_beta2": 0.99,
            "per_device_train_batch_size": 128,
            "per_device_eval_batch_size": PROBLEMS,
            "num_generations_eval": 1,
            "max_completion_length": 60,
            "max_tool_calling_iterations": 4,
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

    result = train(config(name, seed, steps, folder), Console(quiet=True))
    evaluations = [m for m in result.metrics if "eval_correct" in m]
    return {
        "rewards": name,
        "seed": seed,
        "before": figures(evaluations[0]),
        "after": figures(evaluations[-1]),
        "train_s": round(result.seconds, 1),
    }


def figures(row: dict[str, Any], problems: int = PROBLEMS) -> dict[str, float]:
    from rewards.wilson import wilson

    low, high = wilson(round(row["eval_correct"] * problems), problems)
    calls = {key: row[f"eval_tools/{key}"] for key in ("requested", "executed", "failed", "repeated")}
    return {"accuracy": row["eval_correct"], "low": low, "high": high, **calls}


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| rewards | seed | accuracy before | after | calls before | after | repeated after | fewer calls | within |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    plain = {r["seed"]: r["after"] for r in rows if r["rewards"] == "outcome"}
    for r in rows:
        b, a, p = r["before"], r["after"], plain.get(r["seed"])
        fewer = f"{1 - a['requested'] / p['requested']:.0%}" if p and p["requested"] else "-"
        within = p["low"] <= a["accuracy"] if p else "-"
        lines.append(
            f"| {r['rewards']} | {r['seed']} | {b['accuracy']:.3f} "
            f"| {a['accuracy']:.3f} [{a['low']:.3f}, {a['high']:.3f}] "
            f"| {b['requested']:.2f} | {a['requested']:.2f} | {a['repeated']:.2f} | {fewer} | {within} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rewards", nargs="*", default=list(REWARDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    wanted = parser.parse_args()
    rows = []
    for seed in range(wanted.seeds):
        for name in wanted.rewards:
            with tempfile.TemporaryDirectory() as scratch:
                rows.append(measure(name, seed, wanted.steps, Path(scratch) / "run"))
            print(json.dumps(rows[-1]), flush=True)
    print("\n" + table(rows))


if __name__ == "__main__":
    main()
