"""Seconds, megabytes and memory of a report of an audit with a million samples.

    python benchmarks/report_size.py [--problems 10000] [--samples 100] [--pair]

An audit's folder is made up first (not timed): completions of about 300 characters, prompts of about 250. Timed is what
`reasoners report` does with it: reading the audit, the guess control, drawing and writing the page. Goals for 1,000,000
samples: 30 s and 20 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eval.counts import Count
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
            row(names[p], int(i), bool(c), int(w), rng)
            for p, i, c, w in zip(who, index, correct, wrong, strict=True)
        ]
        pq.write_table(
            pa.Table.from_pylist(rows, schema=schema()), folder / "records" / f"audit-{number:08d}.parquet"
        )
    counts = [Count(name, samples, int(c)) for name, c in zip(names, right, strict=True)]
    content = {
        "name": folder.name,
        "n": samples,
        "summary": summarise(counts).to_json(),
        "prompts": {name: f"{name}: " + " ".join(rng.choice(WORDS, 50)) for name in names},
        "references": dict.fromkeys(names, "1234"),
    }
    (folder / "audit.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def row(problem: str, index: int, correct: bool, wrong: int, rng: np.random.Generator) -> dict[str, object]:
    """Return one record."""
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
        "completion": f"{said} #### {1234 if correct else wrong}",
        "completion_tokens": 70,
        "truncated": False,
        "columns": '{"answer": 1234}',
        "total": float(correct),
        "correct": correct,
        "status": "scored",
        "scores": [score],
    }


def measure(folders: list[Path], out: Path) -> None:
    """Write the report and print what it took."""
    from eval.guess.view import load_guesses
    from eval.report import Report, write_report
    from eval.views import load_audit

    start, cpu = time.perf_counter(), time.process_time()
    views = [load_audit(folder) for folder in folders]
    loaded = time.perf_counter()
    guesses = [
        load_guesses(folder, view.counts, references=view.references)
        for folder, view in zip(folders, views, strict=True)
    ]
    controlled = time.perf_counter()
    write_report(out, Report("A large audit", views, guesses=guesses))
    done = time.perf_counter()
    cpu = time.process_time() - cpu
    samples = sum(view.summary.samples for view in views)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{samples:,} samples: {done - start:.1f} s (read {loaded - start:.1f}, guesses {controlled - loaded:.1f}, "
        f"page {done - controlled:.1f}), {out.stat().st_size / 1e6:.1f} MB, peak {peak:,.0f} MiB; "
        f"processor time {cpu:.1f} s, load {os.getloadavg()[0]:.1f}"
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
        measure(folders, Path(root) / "report.html")


if __name__ == "__main__":
    main()
