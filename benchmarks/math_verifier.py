r"""Grade labelled cases with the mathematics verifier and, beside it in the same run, with math-verify.

    python -m venv /tmp/math-verify && /tmp/math-verify/bin/pip install "math-verify[antlr4_13_2]==0.9.0"
    python benchmarks/math_verifier.py --cases cases.jsonl --peer /tmp/math-verify/bin/python

A case is a JSON line {"id", "gold", "pred", "label", "form", "kind", "rule_decidable"}: `pred` is a whole completion if
`form` is "response", else a bare answer that is given as \boxed{pred}. Whole completions of models (kind
"model-response") are also given with the last box taken away and its content left. Both sides run in a process of
their own, in their own environment, on the same cases in the same order; imports are not timed, and no answer or
reference is remembered from one case to the next. The last line is everything as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rewards.wilson import wilson

REPO = Path(__file__).resolve().parents[1]
CASES = REPO / "../shared/data/math_verify_dev.jsonl"
Case = dict[str, Any]
Grades = list[dict[str, Any]]
Share = dict[str, Any]
"""count, of, percent, low, high: the ends of Wilson's interval at 95 %."""


def completion(case: Case) -> str:
    return case["pred"] if case["form"] == "response" else f"\\boxed{{{case['pred']}}}"


def unboxed(text: str) -> str:
    """Return the text with its last box taken away and what was inside left where it stood."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return text
    inside, depth = start + len("\\boxed{"), 1
    for end in range(inside, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[:start] + text[inside:end] + text[end + 1 :]
    return text


def graded(python: str, checker: str, items: list[tuple[str, str]]) -> Grades:
    """Grade (reference, completion) pairs in a fresh process of that environment."""
    lines = "".join(json.dumps({"gold": g, "completion": c}) + "\n" for g, c in items)
    command = [python, str(REPO / "benchmarks/math_grader.py"), checker]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=7200)
    if done.returncode:
        sys.exit(f"{checker} failed in {python}:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def share(hits: int, of: int) -> Share:
    low, high = wilson(hits, of)
    return {
        "count": hits,
        "of": of,
        "percent": 100 * hits / of if of else None,
        "low": 100 * low,
        "high": 100 * high,
    }


def accuracy(cases: list[Case], grades: Grades) -> dict[str, Any]:
    """Return right answers, false positives among the wrong and false negatives among the right."""
    rows = [(bool(c["label"]), g["correct"]) for c, g in zip(cases, grades, strict=True)]
    wrong, right = [g for label, g in rows if not label], [g for label, g in rows if label]
    return {
        "accuracy": share(sum(label == got for label, got in rows), len(rows)),
        "false_positives": share(sum(wrong), len(wrong)),
        "false_negatives": share(len(right) - sum(right), len(right)),
    }


def cost(grades: Grades) -> dict[str, Any]:
    cpu, wall = sum(g["cpu"] for g in grades), sorted(1e3 * float(g["wall"]) for g in grades)

    def at(share: float) -> float:
        return wall[min(int(share * len(wall)), len(wall) - 1)]

    return {
        "cases": len(grades),
        "cpu_seconds": cpu,
        "per_cpu_second": len(grades) / cpu,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": wall[-1],
    }


def compared(cases: list[Case], sides: dict[str, Grades], keep: Callable[[Case], bool]) -> dict[str, Any]:
    chosen = [n for n, case in enumerate(cases) if keep(case)]
    return {
        side: accuracy([cases[n] for n in chosen], [grades[n] for n in chosen])
        for side, grades in sides.items()
    }


def of_kind(kind: str, case: Case) -> bool:
    return bool(case["rule_decidable"] and case["kind"] == kind)


def measure(cases: list[Case], peer: str | None) -> tuple[dict[str, Any], dict[str, Grades]]:
    """Run both sides; return the figures, and each side's grades of the cases as given."""
    models = [case for case in cases if case["kind"] == "model-response"]
    items = [(c["gold"], completion(c)) for c in cases]
    bare = [(c["gold"], unboxed(c["pred"])) for c in models]
    sides, without = {}, {}
    for side, python in {"ours": sys.executable, **({"math-verify": peer} if peer else {})}.items():
        every = graded(python, side, items + bare)
        sides[side], without[side] = every[: len(items)], every[len(items) :]
    found: dict[str, Any] = {
        "rule_decidable": compared(cases, sides, lambda c: c["rule_decidable"]),
        "model_responses": compared(cases, sides, lambda c: c["kind"] == "model-response"),
        "box_removed": compared(models, without, lambda c: True),
        "cost": {side: cost(grades) for side, grades in sides.items()},
        "without_sympy": share(sum(not g["sympy"] for g in sides["ours"]), len(items)),
        "kinds": {k: compared(cases, sides, partial(of_kind, k)) for k in sorted({c["kind"] for c in cases})},
    }
    if peer:
        found["speedup"] = (
            found["cost"]["ours"]["per_cpu_second"] / found["cost"]["math-verify"]["per_cpu_second"]
        )
    return found, sides


def tables(found: dict[str, Any]) -> Iterator[str]:
    yield from _head("cases", "checker", "accuracy %", "false positives %", "false negatives %")
    for title in ("rule_decidable", "model_responses", "box_removed"):
        for side, figures in found[title].items():
            yield _row(title.replace("_", " "), side, *map(_share, figures.values()))
    yield from _head("checker", "cases per CPU-second", "p50 ms", "p99 ms", "max ms")
    for side, figures in found["cost"].items():
        columns = ("per_cpu_second", "p50_ms", "p99_ms", "max_ms")
        yield _row(side, *(f"{figures[column]:.2f}" for column in columns))
    yield f"\ndecided without sympy: {_share(found['without_sympy'])}"
    if "speedup" in found:
        yield f"{found['speedup']:.0f} times the cases per CPU-second of math-verify"
    yield from _head("kind", *(f"{side}: right, false positives, false negatives" for side in found["cost"]))
    for kind, by_side in found["kinds"].items():
        yield _row(kind, *(_counts(**figures) for figures in by_side.values()))


def _head(*cells: str) -> Iterator[str]:
    yield "\n" + _row(*cells)
    yield _row(*["---"] * len(cells))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _counts(accuracy: Share, false_positives: Share, false_negatives: Share) -> str:
    return f"{accuracy['count']}/{accuracy['of']}, {false_positives['count']}, {false_negatives['count']}"


def _share(figures: Share) -> str:
    if not figures["of"]:
        return "-"
    between = f"{figures['low']:.1f} to {figures['high']:.1f}"
    return f"{figures['percent']:.1f} ({between}; {figures['count']}/{figures['of']})"


def discordant(cases: list[Case], sides: dict[str, Grades]) -> Iterator[str]:
    """List the cases on which the two differ, and our errors."""
    groups: dict[str, list[str]] = {
        "only ours is right": [],
        "only math-verify is right": [],
        "ours is wrong": [],
    }
    for case, us, them in zip(cases, sides["ours"], sides.get("math-verify", sides["ours"]), strict=True):
        right, theirs = us["correct"] == case["label"], them["correct"] == case["label"]
        what = "right" if case["label"] else "wrong"
        line = f"  {case['id']} {case['kind']}, {what}: {case['gold'][:120]!r} | {case['pred'][-120:]!r}"
        for title, holds in zip(groups, (right and not theirs, theirs and not right, not right), strict=True):
            if holds and case["rule_decidable"]:
                groups[title].append(f"{line} | {us['outcome']}, {us.get('rule')}")
    for title, lines in groups.items():
        yield f"\n{title}: {len(lines)}"
        yield from lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, default=CASES, help="JSON lines")
    parser.add_argument("--peer", default=None, help="the Python of an environment that has math-verify")
    given = parser.parse_args()
    if not given.cases.exists():
        sys.exit(f"no cases at {given.cases}; name a file with --cases (its form: --help)")
    cases = [
        json.loads(line) for line in given.cases.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    if given.peer is None:
        print("math-verify is not compared: name its Python with --peer (how to make one: --help)\n")
    found, sides = measure(cases, given.peer)
    print("\n".join([*tables(found), *discordant(cases, sides)]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
