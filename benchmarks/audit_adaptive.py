"""Adaptive against uniform sampling on populations of problems with known rates.

    python benchmarks/audit_adaptive.py [--repeats 100] [--share 0.6] [--pilots 0.4 0.5 0.6 0.7]

Uniform gives each of 300 problems n samples. Adaptive gets `share` of that in all: a pilot, then one decision (see
`eval.allocate`). Both estimate mean pass@k of these problems. `--pilots` tries these shares of the budget as pilots,
and prints the width alone.

oracle     as width, for the best whole sizes, each at least k, of one who knows every problem's rate
halves     the same for two halves of at least 2 k each, as adaptive needs; no decision can do better in its form
width      standard deviation of adaptive / of uniform, exact for the sizes chosen (`eval.variance`) and averaged; 1 or
           less: the same width at `share` of the samples
bias       mean error of adaptive, in its standard deviations (noise of the simulation: 1 / sqrt(repeats))
coverage   of adaptive's nominal 95 % interval
"""

from __future__ import annotations

import argparse
import heapq

import numpy as np

from eval.allocate import Parts, allocate
from eval.passk import Floats, Ints
from eval.variance import variance_at_k

PROBLEMS = 300
CASES = ((1, 64, 16), (1, 128, 32), (8, 128, 48), (8, 256, 96))
"""k, n, pilot."""


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


def adaptive(random: np.random.Generator, rate: Floats, k: int, n: int, share: float, pilot: int) -> Parts:
    """Return what `eval.focus` would sample."""
    parts = 3 if pilot >= 6 * k else 2
    first = np.stack([np.full(PROBLEMS, len(range(part, pilot, parts))) for part in range(parts)], axis=1)
    made = start = Parts(first, random.binomial(first, rate[:, None]))
    for step in range(parts - 1):
        size = allocate(start, k, int(share * n * PROBLEMS), made if step else None)
        made = Parts(size, made.c + random.binomial(size - made.n, rate[:, None]))
    return made


def spread(size: Ints, rate: Floats, k: int) -> float:
    """Return the sum of the exact sampling variances of all estimates; `size` has one column per half."""
    total = 0.0
    for column in size.T:
        for n in np.unique(column):
            total += float(variance_at_k(int(n), k, rate[column == n]).sum())
    return float(total / size.shape[1] ** 2)


def oracle(rate: Floats, k: int, least: int, budget: int) -> Ints:
    """Return sizes of at least `least` with the smallest sum of variances, for known rates."""
    size = np.full(len(rate), least)
    gains: dict[int, Floats] = {}

    def entry(i: int) -> tuple[float, int]:
        n = int(size[i])
        if n not in gains:
            step = following(n) - n
            gains[n] = (variance_at_k(n, k, rate) - variance_at_k(n + step, k, rate)) / step
        return -float(gains[n][i]), i

    heap = [entry(i) for i in range(len(rate))]
    heapq.heapify(heap)
    left = budget - int(size.sum())
    while left > 0:
        _, i = heapq.heappop(heap)
        more = min(following(int(size[i])) - int(size[i]), left)
        size[i], left = size[i] + more, left - more
        heapq.heappush(heap, entry(i))
    return size


def following(n: int) -> int:
    return max(n + 1, int(n * 1.08))


def limits(rate: Floats, k: int, budget: int) -> tuple[float, float]:
    """Return the sums of variances of the two oracles."""
    whole = oracle(rate, k, k, budget)[:, None]
    half = oracle(rate, k, 2 * k, budget // 2)[:, None]
    return spread(whole, rate, k), spread(np.repeat(half, 2, axis=1), rate, k)


def sweep(shares: list[float], share: float, repeats: int) -> None:
    """Print the width for pilots of several sizes."""
    print(f"{'population':10} {'k':>3} {'n':>4} " + " ".join(f"{x:6.2f}" for x in shares))
    for population in (hard, split, even):
        for k, n, _ in CASES:
            found = []
            for part in shares:
                random, ratios = np.random.default_rng([k, n, 1]), []
                pilot = max(4 * k, 2 * round(part * share * n / 2))
                for repeat in range(repeats):
                    if repeat % 20 == 0:
                        rate = population(random)
                        plain = spread(np.full((PROBLEMS, 1), n), rate, k)
                    made = adaptive(random, rate, k, n, share, pilot)
                    ratios.append(spread(made.n, rate, k) / plain)
                found.append(np.sqrt(np.mean(ratios)))
            print(f"{population.__name__:10} {k:3} {n:4} " + " ".join(f"{x:6.2f}" for x in found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.6)
    parser.add_argument("--pilots", type=float, nargs="*", metavar="SHARE")
    given = parser.parse_args()
    if given.pilots:
        sweep(given.pilots, given.share, given.repeats)
        return
    heads = f"{'width':>6} {'oracle':>6} {'halves':>6} {'bias':>6} {'coverage':>8}"
    print(f"{'population':10} {'k':>3} {'n':>4} {'pilot':>5} {heads}")
    for population in (hard, split, even):
        for k, n, pilot in CASES:
            random = np.random.default_rng([k, n])
            errors, ratios, best, covered = [], [], [], 0
            for repeat in range(given.repeats):
                if repeat % 20 == 0:
                    rate = population(random)
                    truth = float(np.mean(1 - (1 - rate) ** k))
                    plain = spread(np.full((PROBLEMS, 1), n), rate, k)
                    best.append(np.array(limits(rate, k, int(given.share * n * PROBLEMS))) / plain)
                made = adaptive(random, rate, k, n, given.share, pilot)
                found = made.estimate(k)
                errors.append(found.estimate - truth)
                ratios.append(spread(made.n, rate, k) / plain)
                covered += float(found.low or 0) <= truth <= float(found.high or 0)
            ours = np.array(errors)
            whole, halves = np.sqrt(np.mean(best, axis=0))
            print(
                f"{population.__name__:10} {k:3} {n:4} {pilot:5} {np.sqrt(np.mean(ratios)):6.2f} {whole:6.2f} "
                f"{halves:6.2f} {ours.mean() / ours.std():6.2f} {covered / given.repeats:8.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
