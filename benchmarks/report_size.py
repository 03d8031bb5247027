"""Seconds, megabytes and memory of a report of an audit with a million samples.

    python benchmarks/report_size.py [--problems 10000] [--samples 100] [--pair]

An audit's folder is made up first (not timed): completions of about 300 characters, prompts of about 250. Timed is
`reasoners report`, from its start to the page on disk. Goals for 1,000,000 samples: 30 s and 20 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from eval.counts import Count
from eval.files import write_table
from eval.summary import summarise
from rewards.records import schema

WORDS = "therefore the sum of both sides is then we divide by two and carry one which leaves us with".split()  # noqa: SIM905
BATCH = 100_000


def make_audit(folder: Path, problems: int, samples: int, seed: int) -> Path:
    """Write an audit's folder as `reasoners audit` leaves it."""
    rng = np.random.default_rng(seed)
    rates = rng.beta(0.35, 1.0, problems)
    names = [f"problem-{i:06d}" for i in range(problems)]
    (folder / "records").mkdir(parents=True)
    right = np.zeros(problems, dtype=int)
    for number, start in enumerate(range(0, problems * samples, BATCH)):
        at = np.arange(start, min(start + BATCH, problems * samples))
        who, index = at // samples, at % samples
        correct = rng.random(len(at)) < rates[who]
        np.add.at(right, who, correct)
        wrong = rng.integers(0, 2000, len(at))
        rows = [
            row(names[p], int(i), 10_000 + int(p), None if c else int(w), rng)
            for p, i, c, w in zip(who, index, correct, wrong, strict=True)
        ]
        write_table(folder / "records", "audit", number, number, pa.Table.from_pylist(rows, schema=schema()))
    counts = [Count(name, samples, int(c)) for name, c in zip(names, right, strict=True)]
    content = {
        "name": folder.name,
        "n": samples,
        "summary": summarise(counts).to_json(),
        "prompts": {name: f"{name}: " + " ".join(rng.choice(WORDS, 50)) for name in names},
        "references": {name: str(10_000 + i) for i, name in enumerate(names)},
    }
    (folder / "audit.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def row(
    problem: str, index: int, right: int, wrong: int | None, rng: np.random.Generator
) -> dict[str, object]:
    """Return one record; it is correct if nothing wrong is given."""
    correct = wrong is None
    said = " ".join(WORDS[i] for i in rng.integers(0, len(WORDS), 60).tolist())
    score = {
        "reward": "number",
        "value": float(correct),
        "status": "scored",
        "reason": "",
        "seconds": 0.0,
        "parts": "{}",
    }
    return {
        **dict.fromkeys(("run", "model", "sampling", "prompt", "tag"), ""),
        **dict.fromkeys(("epoch", "step", "seed", "prompt_tokens"), 0),
        "split": "audit",
        "prompt_id": problem,
        "sample_index": index,
        "prompt_chat": False,
        "chat": False,
        "completion": f"{said} #### {right if correct else wrong}",
        "completion_tokens": 70,
        "truncated": False,
        "columns": f'{{"answer": {right}}}',
        "total": float(correct),
        "correct": correct,
        "status": "scored",
        "scores": [score],
    }


def measure(folders: list[Path], out: Path, samples: int) -> None:
    """Run the command in a process of its own and print what it took."""
    command = [sys.executable, "-m", "reasoners.cli.main", "report", *map(str, folders), "--out", str(out)]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{samples:,} samples: {wall:.1f} s (processor time {used.ru_utime + used.ru_stime:.1f} s, load "
        f"{os.getloadavg()[0]:.1f}), {out.stat().st_size / 1e6:.1f} MB, peak {used.ru_maxrss / 1024:,.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--pair", action="store_true", help="two such audits, compared")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        names = ("base", "tuned") if given.pair else ("base",)
        folders = [
            make_audit(Path(root) / name, given.problems, given.samples, seed)
            for seed, name in enumerate(names)
        ]
        measure(folders, Path(root) / "report.html", len(folders) * given.problems * given.samples)


if __name__ == "__main__":
    main()
