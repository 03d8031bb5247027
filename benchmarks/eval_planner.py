"""Does an audit turn out as `reasoners plan` said? Planned and realised half-widths, by simulation.

    python benchmarks/eval_planner.py [--repeats 500] [--seed 0]

Each repetition draws a pilot, plans from it (the cheapest audit for a wanted half-width, or n for a fixed set of
problems), runs that audit, and compares the interval's half-width with the plan's. The bar: within 20 % in 90 %
of the repetitions. `deciding` is the expected number of pilot problems on the rarer side, M times the smaller
of pass@k and its complement: a pilot with few of them cannot know the spread.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from eval import Count, mean_interval, pass_at_k
from eval.plan import from_pilot, plan_audit
from eval.same_problems import same_problem_interval

POPULATIONS = {"even": (0.6, 0.9), "MATH-like": (0.9, 0.5), "AIME-like": (0.35, 1.5)}
PILOTS = ((60, 32), (200, 32))
HALF_WIDTHS = {"new": 0.04, "same": 0.012}


def simulate(
    kind: str, pilot: tuple[int, int], k: int, target: str, repeats: int, rng: np.random.Generator
) -> None:
    """Print one line: how often and how far the realised half-width was off."""
    a, b = POPULATIONS[kind]
    ratios, sizes = [], []
    for _ in range(repeats):
        rates = rng.beta(a, b, pilot[0])
        c = rng.binomial(pilot[1], rates)
        prospect = from_pilot([Count(str(i), pilot[1], int(x)) for i, x in enumerate(c)], k)
        fixed = None if target == "new" else pilot[0]
        plan = plan_audit(prospect, HALF_WIDTHS[target], problems=fixed, target=target)  # type: ignore[arg-type]
        if target == "new":
            rates = rng.beta(a, b, plan.problems)
        again = rng.binomial(plan.n, rates)
        n = np.full(len(again), plan.n)
        if target == "new":
            found = mean_interval(pass_at_k(n, again, k), int(n.sum()))
        else:
            found = same_problem_interval(n, again, k)[0]
        ratios.append((float(found.high or 0) - float(found.low or 0)) / 2 / plan.half_width)
        sizes.append(plan.samples)
    ratio = np.array(ratios)
    truth = float(np.mean(1 - (1 - rng.beta(a, b, 100_000)) ** k))
    deciding = pilot[0] * min(truth, 1 - truth)
    print(
        f"{target:4s} {kind:10s} pilot {pilot[0]:3d} x {pilot[1]}, k={k:<2d} pass@k {truth:.3f}, deciding "
        f"{deciding:5.1f}: within 20 % {np.mean(np.abs(ratio - 1) <= 0.2):.3f}, realised/planned "
        f"{ratio.mean():.2f} +- {ratio.std():.2f}, median {int(np.median(sizes))} samples",
        flush=True,
    )


def main() -> None:
    """Print one line per case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start, rng = time.perf_counter(), np.random.default_rng(options.seed)
    for target in HALF_WIDTHS:
        for kind in POPULATIONS:
            for pilot in PILOTS:
                for k in (1, 4, 16):
                    simulate(kind, pilot, k, target, options.repeats, rng)
    print(f"{options.repeats} repeats, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
