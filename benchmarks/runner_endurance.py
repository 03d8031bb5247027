"""The reward runner over a long time, as one JSON line: leaks, and kills from outside.

    python benchmarks/runner_endurance.py [--rounds 200] [--kills 100]

leaks   rounds of 200 samples of which 1 % hang (deadline 0.1 s): processes, descriptors and resident memory of this
        process at the end over those after the first ten rounds
kills   `kill -9` on a random worker every quarter of a second under samples of 20 ms: lost samples, wrong scores
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

from rewards import Runner, Status, reward


@reward("numbers", range=(0.0, 1e9))
def numbers(completion: str) -> float:
    """Hang, take 20 ms, or repeat the number at once."""
    word, _, number = completion.partition(" ")
    if word == "hang":
        time.sleep(1000)
    if word == "slow":
        time.sleep(0.02)
    return float(number)


def state() -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    mine = f" {os.getpid()} "
    children = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children += f" {(entry / 'stat').read_text().rsplit(')', 1)[1].split()[1]} " == mine
            except OSError:
                continue
    return {
        "processes": children,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "mebibytes": pages * os.sysconf("SC_PAGE_SIZE") >> 20,
    }


def leaks(rounds: int) -> dict[str, Any]:
    words = ["hang 0" if i % 100 == 50 else f"now {i}" for i in range(200)]
    right = [0.0 if w == "hang 0" else float(i) for i, w in enumerate(words)]
    wrong, early = 0, state()
    with Runner(2, deadline=0.1) as runner:
        bound = numbers.bind()
        bound.runner = runner
        for number in range(rounds):
            found = bound.score_batch([{"completion": w} for w in words])
            wrong += [s.value for s in found] != right
            if number == 9:
                early = state()
        late = state()
    over = {name: late[name] - early[name] for name in late}
    at_most = {"processes": 0, "descriptors": 0, "mebibytes": 50}
    return {"rounds": rounds, "wrong_rounds": wrong, "over": over, "at_most": at_most, "after_close": state()}


def kills(wanted: int) -> dict[str, Any]:
    chosen, done, made, batches, wrong, lost = random.Random(0), threading.Event(), 0, 0, 0, 0
    size = 1000
    with Runner(2) as runner:
        bound = numbers.bind()
        bound.runner = runner

        def kill_some() -> None:
            nonlocal made
            while made < wanted:
                time.sleep(chosen.uniform(0.1, 0.4))
                pids = [child.process.pid for child in runner._all.copy() if child.alive]
                if pids:
                    os.kill(chosen.choice(pids), signal.SIGKILL)
                    made += 1
            done.set()

        killer = threading.Thread(target=kill_some)
        killer.start()
        begin = time.perf_counter()
        while not done.is_set():
            found = bound.score_batch([{"completion": f"slow {i}"} for i in range(size)])
            batches += 1
            lost += size - sum(s.status is Status.SCORED for s in found)
            wrong += sum(s.value is not None and s.value != float(i) for i, s in enumerate(found))
        killer.join()
    return {
        "kills": made,
        "samples": batches * size,
        "lost": lost,
        "wrong": wrong,
        "at_most": 0,
        "seconds": round(time.perf_counter() - begin, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    print(json.dumps({"leaks": leaks(given.rounds), "kills": kills(given.kills)}))


if __name__ == "__main__":
    main()
