"""The reward runner under attack: 512 completions of which 8 never end, deadline 1 s, 2 workers.

    python benchmarks/runner.py

Prints the wall time (target: (8 / 2) x 1 s + 2 s), whether every other score is there and in order, and how many
worker processes are left over.
"""

from __future__ import annotations

import json
import os
import subprocess
import time

from rewards import Runner, reward

COMPLETIONS, HANGING, DEADLINE, WORKERS = 512, 8, 1.0, 2


@reward("hangs")
def hangs(completion: str, answer: str) -> float:
    """Sit in one C call that no signal handler interrupts, for a completion that asks for it."""
    if completion == "hang":
        return float(9 ** (9 ** (9**2)) > 0)
    return float(completion == answer)


def children() -> int:
    done = subprocess.run(
        ["pgrep", "-c", "-f", "rewards._worker import main"], capture_output=True, text=True
    )
    return int(done.stdout or 0)


def main() -> None:
    runner = Runner(WORKERS, DEADLINE)
    bound = hangs.bind()
    bound.runner = runner
    every = COMPLETIONS // HANGING
    rows = [
        {"completion": "hang" if i % every == every // 2 else str(i % 7), "answer": str(i % 5)}
        for i in range(COMPLETIONS)
    ]
    begin = time.perf_counter()
    scores = bound.score_batch(rows)
    seconds = time.perf_counter() - begin
    runner.close()
    right = all(
        s.status == "timeout"
        if r["completion"] == "hang"
        else s.value == float(r["completion"] == r["answer"])
        for r, s in zip(rows, scores, strict=True)
    )
    print(
        json.dumps(
            {
                "seconds": round(seconds, 2),
                "target_seconds": HANGING / WORKERS * DEADLINE + 2,
                "timeouts": sum(s.status == "timeout" for s in scores),
                "others_present_and_in_order": right,
                "processes_left": children(),
                "pid": os.getpid(),
            }
        )
    )


if __name__ == "__main__":
    main()
