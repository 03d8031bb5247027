"""Every algorithm on the proxy task with the same budget of rollouts: accuracy before and after, with intervals.

    python benchmarks/algorithms.py                        # all algorithms, three seeds
    python benchmarks/algorithms.py grpo ppo --seeds 1

Each run trains the proxy model of its seed through `reasoners.training` and audits it on 200 held-out problems. Greedy
completions that ReMax samples for its baseline count as rollouts; extra batches of dynamic sampling would too. One JSON
line per run, then a table; `--out DIR` keeps the runs and writes curves.png, reward against rollouts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

ROLLOUTS, BATCH = 3840, 128
PASSES = {"loop": 2, "ppo": 2}
"""Optimizer steps per generation batch, where it is not one."""
TOGETHER: dict[str, dict[str, Any]] = {
    "ppo": {"algorithm.critic.learning_rate": 1e-3},
    "expert_iteration": {
        "trl.per_device_train_batch_size": 32,
        "trl.num_generations": 8,
        "trl.learning_rate": 1e-3,
        "trl.lr_scheduler_type": "linear",
    },
}
ALGORITHMS = ("grpo", "dr_grpo", "ppo", "remax", "rloo", "loop", "reinforce_pp", "opo", "expert_iteration")


def overrides(name: str, seed: int) -> dict[str, Any]:
    batches = ROLLOUTS // BATCH // (2 if name == "remax" else 1)
    found = {
        "algorithm.name": name,
        "model.name": f"embedded:proxy-{seed}",
        "run.seed": seed,
        "audit.seed": seed,
        "trl.max_steps": batches * PASSES.get(name, 1),
        **TOGETHER.get(name, {}),
    }
    if name == "expert_iteration":
        found["algorithm.iterated"] = {"rounds": ROLLOUTS // (96 * 8)}
    return found


def measure(name: str, seed: int, folder: Path) -> dict[str, Any]:
    from rich.console import Console

    from reasoners.auditing import audit_model
    from reasoners.config import load_config
    from reasoners.training import train

    config = load_config("demo", {**overrides(name, seed), "run.dir": str(folder / "run")})
    base = audit_model(config, None, folder / "base", n=4, say=lambda _: None)
    begin = time.perf_counter()
    result = train(config, Console(quiet=True))
    seconds = time.perf_counter() - begin
    tuned = audit_model(config, str(result.folder.model), folder / "tuned", n=4, say=lambda _: None)
    rewards = [m["reward"] for m in result.metrics if m.get("reward") is not None]
    return {
        "algorithm": name,
        "seed": seed,
        "base": figures(base),
        "tuned": figures(tuned),
        "doubled": figures(tuned)["sampled"] >= 2 * figures(base)["sampled"],
        "train_s": round(seconds, 1),
        "rewards": [round(r, 4) for r in rewards],
    }


def figures(audit: dict[str, Any]) -> dict[str, float]:
    sampled = audit["summary"]["accuracy"]
    return {
        "greedy": audit["greedy_accuracy"],
        "sampled": sampled["estimate"],
        "low": sampled["low"],
        "high": sampled["high"],
    }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| algorithm | seed | greedy | sampled before | sampled after | train s |",
        "|---|---|---|---|---|---|",
    ]
    for r in rows:
        b, t = r["base"], r["tuned"]
        lines.append(
            f"| {r['algorithm']} | {r['seed']} | {b['greedy']:.3f} -> {t['greedy']:.3f} "
            f"| {b['sampled']:.3f} [{b['low']:.3f}, {b['high']:.3f}] "
            f"| {t['sampled']:.3f} [{t['low']:.3f}, {t['high']:.3f}] | {r['train_s']} |"
        )
    return "\n".join(lines)


def curves(rows: list[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5))
    for name in dict.fromkeys(r["algorithm"] for r in rows):
        runs = [r["rewards"] for r in rows if r["algorithm"] == name]
        length = min(map(len, runs))
        mean = [sum(run[i] for run in runs) / len(runs) for i in range(length)]
        axes.plot([ROLLOUTS * (i + 1) / length for i in range(length)], mean, label=name)
    axes.set(xlabel="rollouts", ylabel="mean training reward", title="The proxy task, mean over seeds")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("algorithms", nargs="*", default=ALGORITHMS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    from reasoners.models.load import resolve_model

    rows = []
    for seed in range(wanted.seeds):
        resolve_model(f"embedded:proxy-{seed}")
        for name in wanted.algorithms:
            with tempfile.TemporaryDirectory() as scratch:
                folder = wanted.out / f"{name}-{seed}" if wanted.out else Path(scratch)
                rows.append(measure(name, seed, folder))
            print(json.dumps({k: v for k, v in rows[-1].items() if k != "rewards"}), flush=True)
    rows.sort(key=lambda r: (list(wanted.algorithms).index(r["algorithm"]), r["seed"]))
    print("\n" + table(rows))
    if wanted.out:
        curves(rows, wanted.out / "curves.png")


if __name__ == "__main__":
    main()
