"""Grade (reference, completion) lines from stdin with one checker, and say what each cost. For `math_verifier.py`.

    python benchmarks/math_grader.py ours < cases.jsonl > grades.jsonl

Runs in the environment of the checker it names (math-verify has one of its own), so nothing here imports the other.
Modules are imported and first-use tables built before the clock starts; no result of one case is kept for another.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Grader = Callable[[str, str], dict[str, Any]]
WARM = (
    (r"\frac{1}{2}", r"\boxed{0.5}"),
    ("$(0, 1]$", r"$\boxed{0 < x \le 1}$"),
    (r"\sin x", r"\boxed{\cos x+1}"),
)


def ours() -> Grader:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from rewards.math.grade import grade
    from rewards.math.reference import read_reference

    def one(gold: str, completion: str) -> dict[str, Any]:
        read_reference.cache_clear()
        verdict = grade(completion, gold).verdict
        return {"correct": verdict.correct, "outcome": str(verdict.outcome), "rule": verdict.rule}

    return one


def math_verify() -> Grader:
    from math_verify import parse, verify

    def one(gold: str, completion: str) -> dict[str, Any]:
        if not any(mark in gold for mark in ("$", r"\boxed", r"\(", r"\[")):
            gold = f"${gold}$"  # it reads no LaTeX without a delimiter
        return {"correct": bool(verify(parse(gold), parse(completion)))}

    return one


def main() -> None:
    one = {"ours": ours, "math-verify": math_verify}[sys.argv[1]]()
    for gold, completion in WARM:
        one(gold, completion)
    for line in sys.stdin:
        case = json.loads(line)
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            found = one(case["gold"], case["completion"])
        except Exception as error:
            found = {"correct": False, "outcome": f"{type(error).__name__}: {error}"[:200]}
        found["cpu"], found["wall"] = time.process_time() - cpu, time.perf_counter() - wall
        print(json.dumps({**found, "sympy": "sympy" in sys.modules}), flush=True)


if __name__ == "__main__":
    main()
