"""Fewer tool calls at the same accuracy: OTC against a reward for the outcome alone, on sums with a calculator.

    python benchmarks/otc.py                # outcome alone, OTC-PPO's form, OTC-GRPO's form; one seed, minutes
    python benchmarks/otc.py --first-seed 10 --seeds 3 --out runs.jsonl
    python benchmarks/otc.py --read runs.jsonl          # the tables again, without training

The model is `embedded:proxy-tools`, 0.1 million parameters, and the loop is TRL's own: it may call the calculator, once
or several times, or work the sum out itself. Each run is evaluated on all 330 held-out problems, two samples each,
before and after. Intervals are over problems. The bar: at least 60 % fewer calls than the run without OTC, at an
accuracy within that run's 95 % interval, same seed. The number of steps is the same for all runs; it was chosen on
seed 100 of another warm start.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proxy_runs import SUM, over_seeds, shown, train_proxy

SAMPLES = 2
BATCH = 660
CONSTANTS = {"alpha": 1.0, "c": 2.0}
REWARDS: dict[str, list[dict[str, Any]]] = {
    "outcome": [SUM],
    "otc_ppo": [
        {**SUM, "times": "tool_efficiency"},
        {"name": "tool_efficiency", "weight": 0, "params": CONSTANTS},
    ],
    "otc_grpo": [SUM, {"name": "otc_group", "params": {**CONSTANTS, "carry": True}}],
}


def measure(name: str, seed: int, steps: int, every: int, folder: Path) -> dict[str, Any]:
    """Train one run, evaluated before the first step, after `every` steps and after the last."""
    from rewards import read_records

    sections = {
        "data": {"eval": "embedded:addition", "chat": True},
        "rewards": REWARDS[name],
        "tools": ["calculator"],
        "trl": {
            "max_steps": steps,
            "per_device_train_batch_size": 128,
            "per_device_eval_batch_size": BATCH,
            "num_generations_eval": SAMPLES,
            "max_completion_length": 60,
            "max_tool_calling_iterations": 4,
            "eval_strategy": "steps",
            "eval_steps": every,
            "eval_on_start": True,
        },
    }
    result = train_proxy(name, "embedded:proxy-tools", seed, folder, sections)
    records = read_records(folder, "eval").to_pylist()
    at = sorted({r["step"] for r in records})
    return {
        "rewards": name,
        "seed": seed,
        "steps": steps,
        "at": {step: figures([r for r in records if r["step"] == step]) for step in at},
        "train_s": round(result.seconds, 1),
    }


def figures(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return accuracy with its interval over problems, and calls a sample."""
    from eval.intervals import mean_interval

    problems: dict[str, list[bool]] = {}
    for record in records:
        problems.setdefault(record["prompt_id"], []).append(bool(record["correct"]))
    accuracy = mean_interval([sum(v) / len(v) for v in problems.values()], len(records))
    counts = [json.loads(r["columns"])["tool_counts"] for r in records]
    calls = {key: sum(c[key] for c in counts) / len(counts) for key in ("requested", "failed", "repeated")}
    return {
        "problems": len(problems),
        "accuracy": accuracy.estimate,
        "low": accuracy.low,
        "high": accuracy.high,
        **calls,
    }


def before_and_after(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    steps = sorted(row["at"], key=int)
    return row["at"][steps[0]], row["at"][steps[-1]]


def table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| rewards | seed | accuracy before | after (95 %) | calls before | after | repeated after | fewer calls "
        "| within | train s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    plain = {r["seed"]: before_and_after(r)[1] for r in rows if r["rewards"] == "outcome"}
    for r in rows:
        (b, a), p = before_and_after(r), plain.get(r["seed"])
        other = p if r["rewards"] != "outcome" else None
        fewer = f"{1 - a['requested'] / other['requested']:.1%}" if other else ""
        within = ("yes" if other["low"] <= a["accuracy"] else "no") if other else ""
        lines.append(
            f"| {r['rewards']} | {r['seed']} | {b['accuracy']:.3f} "
            f"| {shown((a['accuracy'], a['low'], a['high']))} | {b['requested']:.2f} | {a['requested']:.3f} "
            f"| {a['repeated']:.3f} | {fewer} | {within} | {r['train_s']} |"
        )
    return "\n".join(lines)


def over_all(rows: Sequence[dict[str, Any]]) -> str:
    """Return differences to the outcome-alone run of the same seed, mean over seeds with Student's interval."""
    after = {(r["rewards"], r["seed"]): before_and_after(r)[1] for r in rows}
    lines = ["| minus outcome alone, over seeds | accuracy (95 %) | calls a sample (95 %) |", "|---|---|---|"]
    for name in dict.fromkeys(n for n, _ in after if n != "outcome"):
        pairs = [(a, after["outcome", seed]) for (n, seed), a in after.items() if n == name]
        cells = [shown(over_seeds([a[k] - p[k] for a, p in pairs])) for k in ("accuracy", "requested")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def show(rows: Sequence[dict[str, Any]]) -> None:
    print("\n" + table(rows))
    if any(r["rewards"] == "outcome" for r in rows):
        print("\n" + over_all(rows))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rewards", nargs="*", default=list(REWARDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--every", type=int, help="also evaluate after so many steps")
    parser.add_argument("--out", type=Path, help="append one JSON line per run")
    parser.add_argument("--read", type=Path, help="print the tables of an earlier --out")
    wanted = parser.parse_args()
    if wanted.read:
        show([json.loads(line) for line in wanted.read.read_text().splitlines()])
        return
    rows = []
    for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds):
        for name in wanted.rewards:
            with tempfile.TemporaryDirectory() as scratch:
                every = wanted.every or wanted.steps
                rows.append(measure(name, seed, wanted.steps, every, Path(scratch) / "run"))
            if wanted.out:
                with wanted.out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
            print(json.dumps(rows[-1]), flush=True)
    show(rows)


if __name__ == "__main__":
    main()
