"""Read the references of public benchmarks with `math`: what it cannot use, and what it would misjudge.

    python benchmarks/math_references.py --data DIR

DIR holds local copies, named as `reasoners benchmarks list` says. Per benchmark: references; those that mask their
problem (`bad_reference`); those that are words; those not paid when put in a box as they are; those whose tree is not
found equal to itself, so that only the same text would be paid; those that pay one of the next references with another
canonical form; and how many rewritings of a reference (one digit, sign, letter, function or item) are paid. What is
paid is listed to be looked at: not every rewriting means something else. The last line is everything as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eval.errors import EvalError
from eval.suites.load import load_benchmark
from eval.suites.table import BENCHMARKS
from rewards.errors import BadReference
from rewards.math.compare import compare
from rewards.math.grade import grade
from rewards.math.reference import Reference, read_reference
from rewards.math.show import show
from rewards.math.tree import Text

NEIGHBOURS, REWRITINGS = 5, 12
SWAPS = (
    (r"\sin", r"\cos"), (r"\cos", r"\sin"), (r"\cup", r"\cap"),
    (r"\frac{d", r"\frac{"), ("x", "y"), ("t", "s"), ("^", "_"), ("_", ""), (r"\ln", r"\log_2"), (r"\pi", r"\pi^2"),
    (r"\sqrt", ""), (r"\dot", r"\ddot"), (r"\le", "<"), ("<", r"\le "),
)  # fmt: skip


def measure(answers: list[str]) -> dict[str, Any]:
    """Return counts, and the references behind them."""
    read: dict[str, Reference] = {}
    unread: list[tuple[str, str]] = []
    for answer in answers:
        try:
            read[answer] = read_reference(answer)
        except BadReference as why:
            unread.append((answer, str(why)))
    boxed = [a for a in answers if a in read and not grade(f"\\boxed{{{a}}}", a).verdict.correct]
    itself = [a for a, ref in read.items() if not compare(ref.node, ref.node).correct]
    return {
        "references": len(answers),
        "unread": unread,
        "words": sum(isinstance(ref.node, Text) for ref in map(read.get, answers) if ref is not None),
        "not paid in a box": boxed,
        "not equal to itself": itself,
        "pays another": list(confused(read)),
        "rewritings": len(pairs := [(a, other) for a in read for other in rewritten(a)]),
        "pays a rewriting": [
            pair for pair in pairs if grade(f"\\boxed{{{pair[1]}}}", pair[0]).verdict.correct
        ],
    }


def confused(read: dict[str, Reference]) -> list[tuple[str, str]]:
    """Pairs of different canonical form, near each other in the list, of which one pays the other."""
    answers = list(read)
    pairs = ((a, b) for at, a in enumerate(answers) for b in islice(answers, at + 1, at + 1 + NEIGHBOURS))
    return [
        (a, b)
        for a, b in pairs
        if show(read[a].node) != show(read[b].node) and grade(f"\\boxed{{{b}}}", a).verdict.correct
    ]


def rewritten(answer: str) -> list[str]:
    """Return the answer with one thing changed each, in an order of its own, at most `REWRITINGS` of them."""
    found = [
        answer[: m.start()] + str((int(m[0]) + 1) % 10) + answer[m.end() :]
        for m in re.finditer(r"[0-9]", answer)
    ]
    for sign in re.finditer(r"(?<=[\w)} ])[+-](?=[ \w\\])", answer):
        other = "-" if sign[0] == "+" else "+"
        found.append(answer[: sign.start()] + other + answer[sign.end() :])
    found += [answer.replace(old, new, 1) for old, new in SWAPS if old in answer]
    items = answer.split(",")
    found += [",".join(items[:-1]), f"{answer},17"] if len(items) > 1 else []
    return random.Random(answer).sample(found, min(len(found), REWRITINGS))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    table: dict[str, dict[str, Any]] = {}
    for benchmark in BENCHMARKS.values():
        if benchmark.rewards[0]["name"] != "math":
            continue
        try:
            rows = load_benchmark(benchmark, folder)
        except EvalError as why:
            print(f"{benchmark.name}: left out, {why}")
            continue
        table[benchmark.name] = measure([str(row["answer"]) for row in rows])
    for name, found in table.items():
        print(name, *(f"{key}: {len(v) if isinstance(v, list) else v}" for key, v in found.items()), sep="  ")
        for key in ("unread", "not paid in a box", "not equal to itself", "pays another", "pays a rewriting"):
            for one in found[key]:
                print(f"    {key}: {one}")
    print(json.dumps(table))


if __name__ == "__main__":
    main()
