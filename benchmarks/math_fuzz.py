"""Feed random and mutated texts to the mathematics verifier: no exception, none over its time.

    make fuzz                                              # a million inputs in two processes
    python benchmarks/math_fuzz.py --seconds 60            # as many as fit
    python benchmarks/math_fuzz.py --seed 7 --start 250000 # take a run up again

Input number i of a seed is the same everywhere. What fails is written to --failures as JSON lines, one per input, with
its index; an input that never ends is found by the parent process, which writes it down and goes on behind it. Times
are CPU seconds, since a shared machine would fail an innocent input by the clock on the wall.
"""

from __future__ import annotations

import argparse
import heapq
import json
import multiprocessing as mp
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.rewards.math.mutants import mutant

BUDGET = 0.5
"""CPU seconds one input may take."""
STUCK = 30.0
"""Seconds on the wall after which an input counts as never ending."""
SLOWEST = 10
REPORT = 1_000


def examine(seed: int, index: int, budget: float) -> tuple[float, dict[str, Any]]:
    """Return CPU seconds and the input with its outcome, and with `wrong` where something is."""
    from rewards.math.grade import grade

    gold, completion = mutant(seed, index)
    shown: dict[str, Any] = {"index": index, "gold": gold, "completion": completion}
    began = time.process_time()
    try:
        shown["outcome"] = str(grade(completion, gold).verdict.outcome)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a verifier is total: RecursionError and MemoryError count as well
        shown["outcome"], shown["wrong"] = "exception", f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - began
    if seconds > budget:
        shown.setdefault("wrong", f"took {seconds:.2f} s")
    return seconds, shown


@dataclass
class Tally:
    """What a stretch of inputs came to."""

    inputs: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)

    def add(self, seconds: float, shown: dict[str, Any]) -> None:
        self.inputs, self.seconds = self.inputs + 1, self.seconds + seconds
        self.outcomes[shown["outcome"]] += 1
        if len(self.slowest) < SLOWEST:
            heapq.heappush(self.slowest, (seconds, shown["index"], json.dumps(shown)[:200]))
        elif seconds > self.slowest[0][0]:
            heapq.heapreplace(self.slowest, (seconds, shown["index"], json.dumps(shown)[:200]))
        if "wrong" in shown:
            self.failures.append({**shown, "seconds": round(seconds, 3)})

    def merge(self, other: Tally) -> None:
        self.inputs, self.seconds = self.inputs + other.inputs, self.seconds + other.seconds
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.slowest = heapq.nlargest(SLOWEST, self.slowest + other.slowest)


def work(pipe: Any, current: Any, seed: int, indices: range, skip: set[int], budget: float) -> None:
    """Examine some indices; send (the index to go on from, tally since the last message)."""
    from rewards.math.grade import grade

    for answer in (r"\frac{1}{2}+\sin x", "[1, 2)", "5 cm"):
        grade(rf"\boxed{{{answer}}}", answer + " ")  # imports and first-use tables are no input's fault
    tally = Tally()
    for index in indices:
        if index in skip:
            continue
        current.value = index
        tally.add(*examine(seed, index, budget))
        if tally.inputs >= REPORT:
            pipe.send((index + indices.step, tally))
            tally = Tally()
    pipe.send((None, tally))


class Worker:
    """One process and its share of the indices; replaced when an input never ends."""

    def __init__(self, seed: int, indices: range, budget: float) -> None:
        self.seed, self.indices, self.budget = seed, indices, budget
        self.skip: set[int] = set()
        self.next: int | None = indices.start
        self.start()

    def start(self) -> None:
        context = mp.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=False)
        self.current = context.Value("q", -1)
        self.seen, self.since = -1, time.monotonic()
        left = range(self.next or 0, self.indices.stop, self.indices.step)
        arguments = (theirs, self.current, self.seed, left, self.skip, self.budget)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def poll(self, total: Tally) -> None:
        """Take what it sent; if it is stuck or dead, note the input and go on behind it."""
        try:
            while self.next is not None and self.pipe.poll():
                self.next, tally = self.pipe.recv()
                total.merge(tally)
        except EOFError:
            self.replace(total, "the process died")
        if self.current.value != self.seen:
            self.seen, self.since = self.current.value, time.monotonic()
        elif self.next is not None and time.monotonic() - self.since > STUCK:
            self.replace(total, f"no end within {STUCK:.0f} s")

    def replace(self, total: Tally, wrong: str) -> None:
        self.process.kill()
        self.process.join()
        index = self.current.value
        gold, completion = mutant(self.seed, index)
        total.failures.append({"index": index, "gold": gold, "completion": completion, "wrong": wrong})
        self.skip.add(index)
        self.start()


def fuzz(
    seed: int, start: int, inputs: int, seconds: float, processes: int, budget: float
) -> tuple[Tally, int]:
    """Return the tally, and the lowest index that was not reached."""
    total, stop, deadline = Tally(), start + inputs, time.monotonic() + seconds
    workers = [Worker(seed, range(start + n, stop, processes), budget) for n in range(processes)]
    said = time.monotonic()
    while any(w.next is not None for w in workers) and time.monotonic() < deadline:
        for worker in workers:
            worker.poll(total)
        if time.monotonic() - said > 15:
            said = time.monotonic()
            print(f"{total.inputs} inputs, {len(total.failures)} failures", file=sys.stderr, flush=True)
        time.sleep(0.05)
    for worker in workers:
        worker.process.kill()
    return total, min((w.next for w in workers if w.next is not None), default=stop)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3_600.0, help="stop after this time, done or not")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, printed")
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--budget", type=float, default=BUDGET, help="CPU seconds for one input")
    parser.add_argument("--failures", type=Path, default=Path("build/math_fuzz_failures.jsonl"))
    given = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    print(f"seed {seed}, from input {given.start}", flush=True)
    total, reached = fuzz(seed, given.start, given.inputs, given.seconds, given.processes, given.budget)
    print(
        f"{total.inputs} inputs in {total.seconds:.1f} CPU s: "
        + ", ".join(f"{k} {n}" for k, n in total.outcomes.most_common())
    )
    if reached < given.start + given.inputs:
        print(f"time is up; go on with --seed {seed} --start {reached}")
    print("slowest (CPU s, index, input):")
    for took, index, shown in total.slowest:
        print(f"  {took:.3f}  {index}  {shown}")
    if total.failures:
        given.failures.parent.mkdir(parents=True, exist_ok=True)
        given.failures.write_text("".join(json.dumps(f) + "\n" for f in total.failures), encoding="utf-8")
    print(f"{len(total.failures)} failures" + (f", written to {given.failures}" if total.failures else ""))
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
