"""Adaptive against uniform sampling on populations of problems with known rates.

    python benchmarks/audit_adaptive.py [--repeats 100] [--share 0.6]

Uniform gives each of 300 problems n samples. Adaptive gets `share` of that in all: a pilot, then one decision (see
`eval.allocate`). Both estimate mean pass@k of these problems.

width      standard deviation of adaptive / of uniform, exact for the sizes chosen (`eval.variance`) and averaged; 1 or
           less: the same width at `share` of the samples
bias       mean error of adaptive, in its standard deviations (noise of the simulation: 1 / sqrt(repeats))
coverage   of adaptive's nominal 95 % interval
"""

from __future__ import annotations

import argparse

import numpy as np

from eval.allocate import Halves, allocate
from eval.passk import Floats, Ints
from eval.variance import variance_at_k

PROBLEMS = 300


def hard(random: np.random.Generator) -> Floats:
    """60 % never solved, 15 % rarely, 15 % sometimes, 10 % nearly always."""
    u = random.random(PROBLEMS)
    parts = [random.beta(0.6, 8, PROBLEMS), random.beta(3, 3, PROBLEMS), 1 - random.beta(0.5, 30, PROBLEMS)]
    return np.select([u < 0.6, u < 0.75, u < 0.9], [np.zeros(PROBLEMS), parts[0], parts[1]], parts[2])


def split(random: np.random.Generator) -> Floats:
    """45 % never solved, 45 % nearly always, 10 % between: a benchmark for a strong model."""
    u = random.random(PROBLEMS)
    parts = [1 - random.beta(0.5, 20, PROBLEMS), random.beta(1, 4, PROBLEMS)]
    return np.select([u < 0.45, u < 0.9], [np.zeros(PROBLEMS), parts[0]], parts[1])


def even(random: np.random.Generator) -> Floats:
    """Rates all over [0, 1]: there is little to gain."""
    return random.beta(1, 1, PROBLEMS)


def adaptive(random: np.random.Generator, rate: Floats, k: int, n: int, share: float, pilot: int) -> Halves:
    half = np.full((PROBLEMS, 2), pilot // 2)
    c = random.binomial(half, rate[:, None])
    size = allocate(Halves(half, c), k, int(share * n * PROBLEMS))
    return Halves(size, c + random.binomial(size - half, rate[:, None]))


def spread(size: Ints, rate: Floats, k: int) -> float:
    """Return the sum of the exact sampling variances of all estimates; `size` has one column per half."""
    total = 0.0
    for column in size.T:
        for n in np.unique(column):
            total += float(variance_at_k(int(n), k, rate[column == n]).sum())
    return total / size.shape[1] ** 2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.6)
    given = parser.parse_args()
    print(f"{'population':10} {'k':>3} {'n':>4} {'pilot':>5} {'width':>6} {'bias':>6} {'coverage':>8}")
    for population in (hard, split, even):
        for k, n, pilot in ((1, 64, 16), (1, 128, 32), (8, 128, 48), (8, 256, 96)):
            random = np.random.default_rng([k, n])
            errors, ratios, covered = [], [], 0
            for repeat in range(given.repeats):
                if repeat % 20 == 0:
                    rate = population(random)
                    truth = float(np.mean(1 - (1 - rate) ** k))
                    plain = spread(np.full((PROBLEMS, 1), n), rate, k)
                made = adaptive(random, rate, k, n, given.share, pilot)
                found = made.estimate(k)
                errors.append(found.estimate - truth)
                ratios.append(spread(made.n, rate, k) / plain)
                covered += found.low <= truth <= found.high
            ours = np.array(errors)
            print(
                f"{population.__name__:10} {k:3} {n:4} {pilot:5} {np.sqrt(np.mean(ratios)):6.2f} "
                f"{ours.mean() / ours.std():6.2f} {covered / given.repeats:8.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
