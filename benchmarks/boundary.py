"""Does RL widen or narrow what a model can do? The embedded proxy before and after, at large k, by the user's commands.

    python benchmarks/boundary.py [--cases short,long,narrow] [--n 256] [--problems 200] [--out FOLDER]

Trains `demo` by GRPO in three ways, audits base and tuned on the same held-out problems, compares them, and prints what
the comparison says of the crossover and a table with intervals. Reports stay in --out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from eval.words import interval, percent, points

CASES = {
    "short": ("30 steps on 96 prompts", ["trl.max_steps=30"]),
    "long": ("200 steps on 96 prompts", ["trl.max_steps=200"]),
    "narrow": (
        "100 steps on 8 prompts, learning rate 5e-4",
        ["trl.max_steps=100", "data.train_size=8", "trl.learning_rate=5e-4"],
    ),
}


def command(root: Path, *words: object) -> None:
    """Run `reasoners ...` in a folder, as a user would."""
    done = subprocess.run(
        [sys.executable, "-m", "reasoners.cli.main", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=root,
    )
    if done.returncode:
        raise SystemExit(f"reasoners {' '.join(map(str, words))}\n{done.stderr}")


def audit(root: Path, out: str, name: str, n: int, problems: int, *words: object) -> None:
    """Audit the base, or the model that `words` names."""
    settings = ("--n", n, "--name", name, "--out", out, "--quiet", f"data.eval_size={problems}")
    command(root, "audit", "demo", *words, *settings)


def study(root: Path, case: str, n: int, problems: int, seed: int) -> dict[str, Any]:
    """Train, audit the result and compare it with the base."""
    run, tuned, out = f"run-{case}", f"tuned-{case}", f"comparison-{case}.json"
    command(root, "train", "demo", *CASES[case][1], f"run.seed={seed}", f"run.dir={run}")
    audit(root, tuned, f"tuned, {case}", n, problems, "--model", f"{run}/model")
    command(root, "compare", "base", tuned, "--run", run, "--out", f"report-{case}.html", "--json", out)
    found: dict[str, Any] = json.loads((root / out).read_text(encoding="utf-8"))
    return found


def show(case: str, found: dict[str, Any]) -> None:
    """Print the comparison as Markdown."""
    crossing, table = found["crossover_interval"], found["support"]
    print(f"\n**{case}: {CASES[case][0]}.** {crossing['sentence']}")
    print(
        f"New {len(found['new'])} ({table['new_by_luck']:.1f} by luck), lost {len(found['lost'])} "
        f"({table['lost_by_luck']:.1f} by luck); beyond luck {len(table['new_beyond_luck'])} new, "
        f"{len(table['lost_beyond_luck'])} lost.\n"
    )
    print(
        "| k | base | tuned | difference | band, all k | better / worse / equal |\n|---|---|---|---|---|---|"
    )
    for row in found["k"]:
        print(
            f"| {row['k']} | {percent(row['base'], 2)} {interval(row['base_low'], row['base_high'])} "
            f"| {percent(row['tuned'], 2)} {interval(row['tuned_low'], row['tuned_high'])} "
            f"| {points(row['difference'], 2)} {interval(row['low'], row['high'], signed=True)} "
            f"| {interval(row['band_low'], row['band_high'], signed=True)} "
            f"| {row['wins']} / {row['losses']} / {row['ties']} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", default=",".join(CASES), help="ways of training, one model each")
    parser.add_argument("--n", type=int, default=256, help="samples per problem")
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="of RL")
    parser.add_argument("--out", type=Path, help="keep runs, audits and reports here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = given.out or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        audit(root, "base", "base", given.n, given.problems)
        print(f"base: {given.problems} problems x {given.n} samples in {time.perf_counter() - start:.0f} s")
        for case in given.cases.split(","):
            show(case, study(root, case, given.n, given.problems, given.seed))
        print(f"\n{time.perf_counter() - start:.0f} s in all, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
