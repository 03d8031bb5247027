"""Figures of the reward runner, each with its target, as one JSON line.

    python benchmarks/runner_throughput.py [--only inline,isolated,scaling,hanging,public_hang]

inline        microseconds that a cheap reward costs beside its own work
isolated      no-op samples a second through 2 worker processes
scaling       speed of 2 workers over 1, divided by 2, on a reward that computes for 50 ms
hanging       10,000 samples of which 1 % hang, deadline 0.5 s, 2 workers: seconds over the least possible
public_hang   the tower of powers that hung real runs, among 512 samples: seconds beyond the deadline, in the main
              thread, a worker thread and asyncio
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rewards import BoundReward, Runner, reward

TOWER = r"\boxed{\dfrac{5^{\left(5^{\left(5^{\left(5^{5}\right)}\right)} - 4\right)} - 5}{16}}"
WORKERS = 2


@reward("cheap", cost="inline")
def cheap(completion: str) -> float:
    """Do nothing, here."""
    return 1.0


@reward("noop")
def noop(completion: str) -> float:
    """Do nothing, in a worker."""
    return 1.0


@reward("busy")
def busy(completion: str) -> float:
    """Compute for 50 ms of processor time."""
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    return 1.0


@reward("sometimes", range=(0.0, 10_000.0))
def sometimes(completion: str) -> float:
    """Hang where told, else repeat the number."""
    if completion == "hang":
        time.sleep(1000)
    return float(completion)


@reward("naive_mathematics")
def naive_mathematics(completion: str, answer: str) -> float:
    """Read LaTeX as Python and evaluate it: what verifiers without a guard do."""
    import re

    text = completion.removeprefix(r"\boxed{").removesuffix("}")
    text = re.sub(r"\\left|\\right", "", text).replace("^", "**").replace(r"\dfrac", "")
    text = text.replace("}{", ")/(").replace("{", "(").replace("}", ")")
    return float(eval(text) == float(answer))


def bound_to(spec: Any, runner: Runner | None) -> BoundReward:
    bound: BoundReward = spec.bind()
    bound.runner = runner
    return bound


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def inline() -> dict[str, Any]:
    from rewards.bound import row_rollout

    rollouts = [row_rollout({"completion": "x"}) for _ in range(50_000)]
    bound = bound_to(cheap, None)
    whole = min(timed(lambda: bound.score_rollouts(rollouts))[0] for _ in range(5))
    own = min(timed(lambda: [cheap.fn(completion="x") for _ in rollouts])[0] for _ in range(5))
    return {"microseconds": round((whole - own) / len(rollouts) * 1e6, 2), "at_most": 5}


def isolated() -> dict[str, Any]:
    with Runner(WORKERS) as runner:
        bound = bound_to(noop, runner)
        rows = [{"completion": str(i)} for i in range(20_000)]
        bound.score_batch(rows[:200])
        rates = [len(rows) / timed(lambda: bound.score_batch(rows))[0] for _ in range(5)]
    return {"samples_per_second": round(statistics.median(rates)), "at_least": 5000}


def scaling() -> dict[str, Any]:
    rows = [{"completion": ""}] * 60
    rates = []
    for workers in (1, WORKERS):
        with Runner(workers) as runner:
            bound = bound_to(busy, runner)
            bound.score_batch(rows[: 2 * workers])
            rates.append(len(rows) / timed(partial(bound.score_batch, rows))[0])
    return {"share_of_linear": round(rates[1] / rates[0] / WORKERS, 2), "at_least": 0.7}


def hanging() -> dict[str, Any]:
    deadline, size = 0.5, 10_000
    words = ["hang" if i % 100 == 50 else str(i) for i in range(size)]
    with Runner(WORKERS, deadline) as runner:
        bound = bound_to(sometimes, runner)
        work, _ = timed(lambda: bound.score_batch([{"completion": "1"}] * size))
        seconds, found = timed(lambda: bound.score_batch([{"completion": w} for w in words]))
    least = words.count("hang") * deadline / WORKERS + work
    wrong = sum(
        (s.value, s.status) != ((0.0, "timeout") if w == "hang" else (float(w), "scored"))
        for w, s in zip(words, found, strict=True)
    )
    return {
        "seconds": round(seconds, 2),
        "over_least": round(seconds / least, 3),
        "at_most": 1.3,
        "lost_or_misplaced": wrong,
    }


def public_hang() -> dict[str, Any]:
    deadline = 2.0
    rows = [{"completion": TOWER if i == 200 else rf"\boxed{{{i % 10}}}", "answer": "9"} for i in range(512)]
    with Runner(WORKERS, deadline) as runner:
        bound = bound_to(naive_mathematics, runner)
        bound.score_batch(rows[:4])

        def in_thread() -> Any:
            found: list[Any] = []
            thread = threading.Thread(target=lambda: found.extend(bound.score_batch(rows)))
            thread.start()
            thread.join()
            return found

        ways = {
            "main_thread": lambda: bound.score_batch(rows),
            "worker_thread": in_thread,
            "asyncio": lambda: asyncio.run(bound.ascore_batch(rows)),
        }
        found = {name: timed(way) for name, way in ways.items()}
    right = [(0.0, "timeout") if i == 200 else (float(i % 10 == 9), "scored") for i in range(512)]
    return {
        "seconds_beyond_deadline": {name: round(s - deadline, 2) for name, (s, _) in found.items()},
        "at_most": 1,
        "all_right": all([(s.value, s.status) for s in scores] == right for _, scores in found.values()),
    }


def main() -> None:
    figures = {f.__name__: f for f in (inline, isolated, scaling, hanging, public_hang)}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(figures))
    chosen = parser.parse_args().only.split(",")
    print(json.dumps({name: figures[name]() for name in chosen}))


if __name__ == "__main__":
    main()
