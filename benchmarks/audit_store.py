"""How fast a large audit's store is written, opened, and summed up.

    python benchmarks/audit_store.py [--problems 1000] [--samples 1000] [--batch 256]

write   seconds to append all samples in batches, small files merged on the way, and files left
open    seconds of a fresh process's `SampleStore`: every file's hash checked, every key known
tally   seconds to counts, rates and intervals
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from eval.store import SampleStore
from eval.tally import Problem, tally
from rewards import Record, Rollout, Score, Source, Status, Suite, Term, Verdict, load_reward

SETTINGS: dict[str, dict[str, Any]] = {"model": {"weights": "m"}, "sampling": {"temperature": 1.0}}
TEXT = "First add the units, carry one, then the tens; check by subtraction. " * 3


def problems(count: int) -> list[Problem]:
    return [Problem(f"p{i:05d}", f"What is {i} + {i}?", {"answer": str(2 * i)}) for i in range(count)]


def record(problem: Problem, index: int) -> Record:
    source = Source(model="m", split="audit", sampling=SETTINGS["sampling"])
    correct = (index * 2654435761) % 7 < 2
    noise = hashlib.sha256(
        f"{problem.id}:{index}".encode()
    ).hexdigest()  # no text repeats, nor packs to nothing
    text = f"{TEXT}{noise} #### {index}"
    rollout = Rollout(text, problem.prompt, problem.columns, problem.id, index, 12, 60, False, source)
    score = Score(float(correct), reason="last number")
    return Record(rollout, Verdict(float(correct), correct, Status.SCORED, {"number": score}))


def write(folder: Path, asked: list[Problem], samples: int, batch: int) -> float:
    begin = time.perf_counter()
    with SampleStore(folder, SETTINGS, {p.id: p.mark() for p in asked}) as store:
        waiting: list[Record] = []
        for problem in asked:
            for index in range(samples):
                waiting.append(record(problem, index))
                if len(waiting) == batch:
                    store.append(waiting)
                    waiting = []
        if waiting:
            store.append(waiting)
    return time.perf_counter() - begin


def read(folder: Path, asked: list[Problem], samples: int) -> dict[str, float]:
    marks = {p.id: p.mark() for p in asked}
    begin = time.perf_counter()
    store = SampleStore(folder, SETTINGS, marks)
    opened = time.perf_counter()
    missing = store.missing(list(marks), samples)
    known = time.perf_counter()
    suite = Suite([Term(load_reward("number"), "number")])
    result = tally(store, asked, suite, samples, [1, 8, 64], greedy=False)
    done = time.perf_counter()
    assert not missing
    assert result["summary"]["samples"] == len(asked) * samples
    return {
        "open_s": round(opened - begin, 2),
        "missing_s": round(known - opened, 2),
        "tally_s": round(done - known, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    asked = problems(given.problems)
    if given.read is not None:
        print(json.dumps(read(given.read, asked, given.samples)))
        return
    with tempfile.TemporaryDirectory() as name:
        seconds = write(Path(name), asked, given.samples, given.batch)
        files = list((Path(name) / "records").glob("*.parquet"))
        size = sum(p.stat().st_size for p in files)
        print(
            f"{given.problems * given.samples:,} samples written in {seconds:.0f} s: {len(files)} files, "
            f"{size >> 20} MB"
        )
        words = [sys.executable, __file__, "--read", name, "--problems", str(given.problems)]
        subprocess.run([*words, "--samples", str(given.samples)], check=True)


if __name__ == "__main__":
    main()
