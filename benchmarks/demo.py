"""The demos against their targets, through the user's own command.

    python benchmarks/demo.py                     # the proxy, three seeds of warm start and of RL
    python benchmarks/demo.py --smollm2           # the pretrained model, one seed

One JSON line per run: accuracies with intervals, wall seconds, peak memory of the process, and which targets are met.
The embedded models are made before the clock starts, as set-up does.
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


def walk(config: str, words: list[str], scratch: Path) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "reasoners.cli.main",
        "demo",
        config,
        *words,
        "--out",
        str(scratch / "road"),
    ]
    begin = time.perf_counter()
    with (scratch / "said").open("w") as said:
        process = subprocess.Popen([*command, "--json", str(scratch / "road.json")], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit((scratch / "said").read_text())
    found: dict[str, Any] = json.loads((scratch / "road.json").read_text())
    found |= {"wall_s": round(time.perf_counter() - begin, 1), "rss_mib": usage.ru_maxrss // 1024}
    return found


def verdict(found: dict[str, Any], wanted: dict[str, float]) -> dict[str, bool]:
    base, tuned = found["base"], found["tuned"]
    met = {
        "wall": found["wall_s"] <= wanted["wall_s"],
        "memory": found["rss_mib"] <= wanted["rss_mib"],
        "base": base[wanted_of(wanted)] <= wanted["base"],
        "tuned": tuned[wanted_of(wanted)] >= wanted["tuned"],
        "intervals_apart": base["high"] < tuned["low"],
    }
    if "gain" in wanted:
        met["sampled_gain"] = tuned["sampled"] - base["sampled"] >= wanted["gain"]
    return met


def wanted_of(wanted: dict[str, float]) -> str:
    return "greedy" if "gain" in wanted else "sampled"


PROXY = {"wall_s": 180, "rss_mib": 1536, "base": 0.50, "tuned": 0.90, "gain": 0.30}
SMOLLM2 = {"wall_s": 720, "rss_mib": 4096, "base": 0.25, "tuned": 0.80}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smollm2", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    wanted = parser.parse_args()
    from reasoners.models.load import resolve_model

    if wanted.smollm2:
        runs, targets = [("smollm2_cpu", "embedded:smollm2-135m", 0)], SMOLLM2
    else:
        runs, targets = [("demo", f"embedded:proxy-{s}", s) for s in range(wanted.seeds)], PROXY
    for config, model, seed in runs:
        resolve_model(model)
        with tempfile.TemporaryDirectory() as scratch:
            found = walk(
                config, [f"model.name={model}", f"run.seed={seed}", f"audit.seed={seed}"], Path(scratch)
            )
        keep = {k: found[k] for k in ("base", "tuned", "problems", "wall_s", "rss_mib")}
        print(
            json.dumps({"seed": seed, **keep, "met": verdict(found, targets), "targets": targets}), flush=True
        )


if __name__ == "__main__":
    main()
