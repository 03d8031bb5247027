"""How often the 95 % intervals of `eval.intervals` hold the truth, by simulation.

    python benchmarks/interval_coverage.py [--repeats 1000] [--seed 0]

Problems are drawn from a population of success rates, samples from each problem; the truth is the
population's own mean. Printed: how often the mean's interval and the paired difference's hold it (nominal 0.95),
their half-widths, and the same without the pseudo-problems ("bare"). The tuned model raises the easy problems
and loses some hard ones.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt

from eval.intervals import Interval, critical, difference_interval, mean_interval
from eval.passk import pass_at_k
from rewards.wilson import share_interval

Floats = npt.NDArray[np.float64]
POPULATIONS = {  # a beta distribution, and a share of problems that are never solved
    "easy, MATH-like": (0.9, 0.5, 0.0),
    "hard, AIME-like": (0.35, 1.5, 0.3),
    "nearly all solved": (20.0, 1.0, 0.02),
}
SIZES = ((30, 64), (100, 64), (500, 128))
LARGE_POPULATION = 200_000


def draw_rates(kind: str, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the success rates of base and tuned for `size` problems."""
    a, b, unsolvable = POPULATIONS[kind]
    base = rng.beta(a, b, size)
    tuned = np.clip(base + 0.35 * base * (1 - base) + rng.normal(0, 0.02, size) * (base > 0.02), 0, 1)
    base[rng.random(size) < unsolvable] = 0.0
    tuned[base < 0.01] = 0.0  # what the base hardly solves, the tuned model has lost
    return base, tuned


def simulate(kind: str, problems: int, n: int, ks: list[int], repeats: int, seed: int) -> None:
    """Print one line per k."""
    rng = np.random.default_rng(seed)
    base_rates, tuned_rates = draw_rates(kind, LARGE_POPULATION, rng)
    true_base = np.array([np.mean(1 - (1 - base_rates) ** k) for k in ks])
    true_gain = np.array([np.mean((1 - base_rates) ** k - (1 - tuned_rates) ** k) for k in ks])
    hits = np.zeros((repeats, 4, len(ks)))
    widths = np.zeros((repeats, 3, len(ks)))
    for r in range(repeats):
        pick = rng.integers(0, LARGE_POPULATION, problems)
        base = pass_at_k(n, rng.binomial(n, base_rates[pick]), ks)
        tuned = pass_at_k(n, rng.binomial(n, tuned_rates[pick]), ks)
        t = critical(problems, 0.95) or 0.0
        for j in range(len(ks)):
            mean = mean_interval(base[:, j], problems * n)
            gain = difference_interval(tuned[:, j] - base[:, j])
            bare = bare_score(base[:, j], t)
            plain = t * float(np.std(tuned[:, j] - base[:, j], ddof=1)) / problems**0.5
            found = (gain.estimate, gain.estimate - plain, gain.estimate + plain)
            hits[r, :2, j] = inside(mean, true_base[j]), inside(bare, true_base[j])
            hits[r, 2:, j] = inside(gain, true_gain[j]), inside(Interval(*found), true_gain[j])
            widths[r, :, j] = half(mean), half(gain), plain
    for j, k in enumerate(ks):
        cover, width = hits[:, :, j].mean(0), widths[:, :, j].mean(0)
        print(
            f"{kind:17s} M={problems:<4d} n={n:<4d} k={k:<4d} pass@k {true_base[j]:.3f}: {cover[0]:.3f} "
            f"(+-{width[0]:.3f}), bare {cover[1]:.3f}   difference {true_gain[j]:+.3f}: {cover[2]:.3f} "
            f"(+-{width[1]:.3f}), bare {cover[3]:.3f} (+-{width[2]:.3f})"
        )


def bare_score(x: Floats, t: float) -> Interval:
    """Return the score interval without pseudo-problems."""
    p, error = float(x.mean()), float(np.var(x, ddof=1)) / len(x)
    size = p * (1 - p) / error if error > 0 and 0 < p < 1 else float(len(x))
    return Interval(p, *share_interval(p, size, t))


def inside(interval: Interval, truth: float) -> bool:
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def half(interval: Interval) -> float:
    return 0.0 if interval.low is None or interval.high is None else (interval.high - interval.low) / 2


def main() -> None:
    """Run the simulation and print one line per case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=1000, help="simulated audits per line (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start = time.perf_counter()
    for kind in POPULATIONS:
        for problems, n in SIZES:
            simulate(kind, problems, n, [1, 8, n // 2, n], options.repeats, options.seed)
    error = (0.95 * 0.05 / options.repeats) ** 0.5
    seconds = time.perf_counter() - start
    print(f"{options.repeats} repeats, standard error of a coverage about {error:.3f}, {seconds:.0f} s")


if __name__ == "__main__":
    main()
