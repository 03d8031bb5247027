"""What the audit says of published outcome counts: seven Pythia models on MATH, and tau-bench airline.

    python benchmarks/passk_real.py FOLDER

FOLDER holds `monkeys_math_pythia_n10000.jsonl` (128 problems, 10,000 samples each; "How Do Large Language
Monkeys Get Their Power (Laws)?", ICML 2025) and `tau_bench_airline_gpt4o_trials.jsonl` (50 tasks, 4 trials).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from eval import Count, compare, summarise
from eval.cover import cover_at
from eval.family import compare_many
from eval.plan import from_pilot, plan_audit
from eval.verdicts import verdicts

KS = [1, 10, 100, 1000, 10_000]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def monkeys(folder: Path) -> None:
    found = rows(folder / "monkeys_math_pythia_n10000.jsonl")
    names = list(found[0]["correct"])
    models = {m: [Count(r["problem_id"], r["n"], r["correct"][m]) for r in found] for m in names}
    for name, counts in models.items():
        print(f"\n{name}")
        for row in summarise(counts, KS).rows:
            print(
                f"  k={row.k:<6d} {row.pass_at_k:.4f}  new problems [{row.low:.4f}, {row.high:.4f}]  band "
                f"[{row.band_low:.4f}, {row.band_high:.4f}]  these problems [{row.same_low:.4f}, "
                f"{row.same_high:.4f}] ({row.same_basis})"
            )
        cover = cover_at(counts, 0.01)
        print(f"  Cover@0.01 {cover.estimate:.3f} [{cover.low:.3f}, {cover.high:.3f}]")
    for base, tuned in (
        ("Pythia 1B", "Pythia 12B"),
        ("Pythia 2.8B", "Pythia 6.9B"),
        ("Pythia 160M", "Pythia 410M"),
    ):
        print(f"\n{tuned} compared with {base}")
        for sentence in verdicts(compare(models[base], models[tuned], KS)):
            print(f"  - {sentence}")
    print("\nall against Pythia 70M, held together")
    for sentence in compare_many(models, KS).verdicts():
        print(f"  - {sentence}")
    plan = plan_audit(from_pilot(models["Pythia 1B"], 100), 0.03)
    print(
        f"\nplan from Pythia 1B for pass@100 within 3 points: {plan.problems} problems, {plan.n} samples each; "
        f"floor {plan.floor:.4f}"
    )


def tau_bench(folder: Path) -> None:
    found = rows(folder / "tau_bench_airline_gpt4o_trials.jsonl")
    counts = [Count(r["problem_id"], len(r["trials"]), sum(r["trials"])) for r in found]
    print("\ntau-bench airline, gpt-4o")
    for row in summarise(counts, [1, 2, 3, 4]).rows:
        print(
            f"  k={row.k} pass^k {row.pass_hat_k:.3f}  pass@k {row.pass_at_k:.3f}  "
            f"new problems [{row.low:.3f}, {row.high:.3f}]"
        )


def main() -> None:
    """Print the analysis."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        raise SystemExit(str(__doc__))
    monkeys(Path(sys.argv[1]))
    tau_bench(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
