"""Fewer tokens to the same accuracy: MRT's progress bonus against a reward for the outcome alone.

    python benchmarks/mrt.py                            # outcome alone, bonus on tokens; one seed, 3 minutes
    python benchmarks/mrt.py --first-seed 30 --seeds 6 --out runs.jsonl
    python benchmarks/mrt.py --read runs.jsonl          # the tables again, without training

The model is `embedded:proxy-thoughts`, 0.1 million parameters, which works sums out and nearly always checks itself, up
to three times. All runs have the same number of the policy's own samples; what forced answers cost comes on top and is
printed. Weight and placement were chosen on seed 100 of an easier task; steps and learning rate were set beforehand.

After training, each policy thinks twice about each of the 330 held-out problems, sampled at temperature 1. Each of
these 660 thoughts is cut at every budget of tokens, 0, 3, 6, ..., and the same policy must answer, greedily. That
gives the curve accuracy(budget). Three figures are read from it, per seed:

- tokens to the same accuracy: the first budget at which the curve reaches the target, on the line between two budgets.
  The target was fixed before any run: the accuracy that the outcome-alone run of the same seed has at its full
  length. A run that never reaches it is censored, and counts as the largest budget in the mean over seeds. The
  interval is a bootstrap over problems, paired, with the target taken anew in each replicate;
- mean tokens of thought used at that budget, as thoughts that are shorter have ended;
- the normalised regret up to 60 tokens, budgets and answers together.

Beside it stand accuracy and tokens of the samples as they were. Means over seeds have Student's intervals.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proxy_runs import SUM, over_seeds, shown, train_proxy

SAMPLES, LONGEST, HORIZON = 2, 110, 60.0
BUDGETS = tuple(range(0, LONGEST + 1, 3))
CUT = {"end": ":", "stop": "", "header": "", "markers": ["wait"], "min_paragraphs": 1, "answer_tokens": 4}
TOKENS = {**CUT, "samples": 2, "placement": "tokens", "outcome": "sum"}
RUNS: dict[str, dict[str, Any]] = {
    "outcome": {},
    "mrt_tokens": {"progress": TOKENS},
    "mrt_tokens_5": {"progress": {**TOKENS, "weight": 5.0}},
    "mrt_scalar": {
        "rewards": [SUM, {"name": "progress", "weight": 1.0}],
        "progress": {**CUT, "samples": 2, "probes": "ends", "outcome": "sum"},
    },
    "mrt_termination": {
        "progress": {**CUT, "samples": 2, "probes": "ends", "outcome": "sum", "baseline": "termination"}
    },
}
MODEL = "embedded:proxy-thoughts"


def measure(
    name: str, seed: int, steps: int, folder: Path, run: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Train one run and evaluate what it made."""
    from rewards import read_records

    trl = {
        "max_steps": steps,
        "learning_rate": 3.0e-4,
        "per_device_train_batch_size": 64,
        "max_completion_length": LONGEST,
    }
    sections = {"data": {"chat": False}, "trl": trl, **(RUNS[name] if run is None else run)}
    result = train_proxy(name, MODEL, seed, folder, sections)
    records = read_records(folder, "train")
    cost = [m for m in result.metrics if "progress/answers" in m]
    return {
        "run": name,
        "seed": seed,
        "steps": steps,
        "samples": records.num_rows,
        "sampled_tokens": sum(records.column("completion_tokens").to_pylist()),
        "forced_answers": sum(int(m["progress/answers"]) for m in cost),
        "forced_tokens": sum(int(m["progress/tokens"]) for m in cost),
        "train_s": round(result.seconds, 1),
        **evaluate(str(result.folder.model), seed),
    }


def evaluate(model: str, seed: int) -> dict[str, Any]:
    """Sample thoughts on the held-out problems and cut each at every budget."""
    from reasoners.algorithms.progress import ProgressSection
    from reasoners.model_policy import ModelPolicy
    from reasoners.models.addition import addition_rows
    from reasoners.models.load import load_model
    from reasoners.probes import Prober, Trace
    from rewards import Rollout, Suite

    loaded, tokenizer = load_model(model)
    policy = ModelPolicy(loaded, tokenizer, seed)
    rows = [row for row in addition_rows("test") for _ in range(SAMPLES)]
    prompts = [list(tokenizer.encode(row["question"])) for row in rows]
    completions = policy.answer(prompts, LONGEST, 1.0)
    traces = [
        Trace(Rollout(policy.decode(c), row["question"], columns=row, prompt_id=row["id"]), p, c)
        for row, p, c in zip(rows, prompts, completions, strict=True)
    ]
    suite = Suite.from_config([SUM])
    own = [bool(v.correct) for v in suite.score([t.rollout for t in traces])]
    prober = Prober(ProgressSection(**{**CUT, "samples": 1, "temperature": 0.0}), suite, policy)
    lengths, forced = prober.at_budgets(traces, BUDGETS)
    return {
        "problems": [row["id"] for row in rows],
        "own": own,
        "tokens": [len(c) for c in completions],
        "lengths": lengths,
        "forced": ["".join("1" if v else "0" for v in row) for row in forced],
        "answer": prober.cost.tokens / prober.cost.answers + 1,  # and the colon
    }


def curve(row: dict[str, Any]) -> Any:
    """Return a run's curve of cut thoughts."""
    from eval.analyses import forced_curve

    verdicts = [[int(v) for v in line] for line in row["forced"]]
    return forced_curve(row["problems"], row["lengths"], BUDGETS, verdicts)


def figures(row: dict[str, Any]) -> dict[str, Any]:
    """Return accuracy and tokens of the samples as they were, with intervals over problems, and the regret."""
    from eval.analyses import forced_curve
    from eval.intervals import mean_interval

    problems = len(set(row["problems"]))
    own = forced_curve(row["problems"], row["tokens"], [LONGEST + 1], [[v] for v in row["own"]])
    accuracy = mean_interval(own.accuracy[:, 0], len(row["own"]))
    used = own.used[:, 0]
    half = 1.96 * float(used.std(ddof=1)) / problems**0.5
    mean = float(used.mean())
    return {
        "accuracy": (accuracy.estimate, accuracy.low, accuracy.high),
        "tokens": (mean, mean - half, mean + half),
        "regret": curve(row).regret(HORIZON, row["answer"]),
    }


def plain_table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| run | seed | accuracy (95 %) | tokens (95 %) | regret "
        "| policy samples, tokens | forced answers, tokens | train s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        f = figures(r)
        lines.append(
            f"| {r['run']} | {r['seed']} | {shown(f['accuracy'])} | {shown(f['tokens'], 1)} | {f['regret']:.3f} "
            f"| {r['samples']}, {r['sampled_tokens']} | {r['forced_answers']}, {r['forced_tokens']} | {r['train_s']} |"
        )
    return "\n".join(lines)


def curve_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return accuracy at some budgets, mean over seeds."""
    names = list(dict.fromkeys(r["run"] for r in rows))
    kept = [i for i, b in enumerate(BUDGETS) if b <= 48 or b % 12 == 0]
    lines = ["| budget | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    means = {n: sum(curve(r).means for r in rows if r["run"] == n) for n in names}
    count = {n: sum(r["run"] == n for r in rows) for n in names}
    for i in kept:
        cells = " | ".join(f"{means[n][i] / count[n]:.3f}" for n in names)
        lines.append(f"| {BUDGETS[i]} | {cells} |")
    return "\n".join(lines)


def reach_table(rows: Sequence[dict[str, Any]], base: str = "outcome") -> str:
    """Return tokens to the accuracy of the outcome-alone run of the same seed, and means over seeds."""
    from eval.analyses import compare_reach

    plain = {r["seed"]: r for r in rows if r["run"] == base}
    lines = [
        "| run | seed | target | tokens, outcome | tokens, run | difference (95 %) "
        "| used, outcome | used, run | replicates not there |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    apart: dict[str, list[dict[str, float]]] = {}
    for r in rows:
        if r["run"] == base or r["seed"] not in plain:
            continue
        b, found = plain[r["seed"]], compare_reach(curve(plain[r["seed"]]), curve(r))
        other = found.other if found.other is not None else float(BUDGETS[-1])
        used = found.other_used if found.other_used is not None else float(curve(r).used[:, -1].mean())
        assert found.base is not None
        assert found.base_used is not None
        mine, theirs = figures(r), figures(b)
        apart.setdefault(r["run"], []).append(
            {
                "tokens to the target": other - found.base,
                "tokens used there": used - found.base_used,
                "ratio of tokens": other / found.base,
                "accuracy": mine["accuracy"][0] - theirs["accuracy"][0],
                "tokens": mine["tokens"][0] - theirs["tokens"][0],
                "regret": mine["regret"] - theirs["regret"],
                "censored": float(found.other is None),
            }
        )
        lines.append(
            f"| {r['run']} | {r['seed']} | {found.target:.3f} | {found.base:.1f} "
            f"| {'not reached' if found.other is None else f'{found.other:.1f}'} "
            f"| {other - found.base:.1f} ({found.low:.1f} to {found.high:.1f}) | {found.base_used:.1f} | {used:.1f} "
            f"| {found.unreached:.3f} |"
        )
    lines += ["", f"| run minus {base}, over seeds | mean (95 %) |", "|---|---|"]
    for name, each in apart.items():
        for what in each[0]:
            values = [e[what] for e in each]
            said = f"{sum(values):.0f} of {len(values)}" if what == "censored" else shown(over_seeds(values))
            lines.append(f"| {name}: {what} | {said} |")
    return "\n".join(lines)


def show(rows: Sequence[dict[str, Any]]) -> None:
    for text in (plain_table(rows), curve_table(rows), reach_table(rows)):
        print("\n" + text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", default=["outcome", "mrt_tokens"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--out", type=Path, help="append one JSON line per run")
    parser.add_argument("--read", type=Path, help="print the tables of an earlier --out")
    wanted = parser.parse_args()
    if wanted.read:
        show([json.loads(line) for line in wanted.read.read_text().splitlines()])
        return
    rows = []
    for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds):
        for name in wanted.runs:
            with tempfile.TemporaryDirectory() as scratch:
                rows.append(measure(name, seed, wanted.steps, Path(scratch) / "run"))
            if wanted.out:
                with wanted.out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
            print(plain_table(rows[-1:]).splitlines()[-1], flush=True)
    show(rows)


if __name__ == "__main__":
    main()
