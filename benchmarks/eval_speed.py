"""Seconds of the audit's mathematics for 10,000 problems with 1,024 samples each, others beside it.

    python benchmarks/eval_speed.py [--peers FOLDER]

Ours against the per-problem product loop that pass@k scripts use, and, with --peers (the site-packages of an
environment that holds rliable 1.2.0 and pandas below 3), against rliable's bootstrap of the same matrix. Best of
several runs; peak memory of the whole process; errors against exact fractions at n = 100,000.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from math import comb

import numpy as np

from eval import Count, compare, fail_at_k, pass_at_k
from eval.bootstrap import bootstrap_curve, bootstrap_difference
from eval.consistency import pass_hat_k
from eval.studies import aggregate, iqm

PROBLEMS, SAMPLES = 10_000, 1024
POWERS = [2**i for i in range(11)]


def best(task: Callable[[], object], runs: int = 5) -> float:
    """Return the shortest of several times, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def product_loop(c: list[int], ks: list[int]) -> list[float]:
    """Return mean pass@k as one product per problem and k, in a Python loop (the form of Chen et al. 2021)."""
    means: list[float] = []
    for k in ks:
        found = [
            1.0
            if SAMPLES - x < k
            else 1.0 - float(np.prod(1.0 - k / np.arange(SAMPLES - x + 1, SAMPLES + 1)))
            for x in c
        ]
        means.append(float(np.mean(found)))
    return means


def largest_errors(n: int, rng: np.random.Generator, cases: int = 60) -> tuple[float, ...]:
    """Return the absolute error of pass@k, and the relative ones of pass@k, fail@k and pass^k above 1e-300."""
    worst = [0.0] * 4
    for _ in range(cases):
        c, k = (int(n ** rng.random()) for _ in range(2))
        fail = Fraction(comb(n - c, k), comb(n, k))
        passed = float(pass_at_k(n, c, k))
        worst[0] = max(worst[0], abs(passed - float(1 - fail)))
        pairs = [
            (passed, 1 - fail),
            (float(fail_at_k(n, c, k)), fail),
            (float(pass_hat_k(n, n - c, k)), fail),
        ]
        for at, (got, true) in enumerate(pairs, 1):
            if true >= Fraction(1, 10**300):
                worst[at] = max(worst[at], abs(got - float(true)) / float(true))
    return tuple(worst)


def ours(c: np.ndarray, rng: np.random.Generator) -> None:
    base = [Count(str(i), SAMPLES, int(x)) for i, x in enumerate(c)]
    tuned = [Count(str(i), SAMPLES, int(x)) for i, x in enumerate(rng.permutation(c))]
    ragged = rng.integers(SAMPLES, 40 * SAMPLES, PROBLEMS)
    every = range(1, SAMPLES + 1)
    lines: list[tuple[str, Callable[[], object], int, str]] = [
        ("11 values of k", lambda: pass_at_k(SAMPLES, c, POWERS), 5, "0.05"),
        ("11 values of k, fail@k", lambda: fail_at_k(SAMPLES, c, POWERS), 5, ""),
        ("all 1,024 values of k", lambda: pass_at_k(SAMPLES, c, every), 5, "0.3"),
        ("11 values of k, every n different", lambda: pass_at_k(ragged, ragged // 3, POWERS), 3, ""),
        ("bootstrap, 10,000 replicates, 11 k", lambda: bootstrap_curve(base, POWERS), 2, "5"),
        ("paired, 2,000 replicates, 11 k", lambda: bootstrap_difference(base, tuned, POWERS, 2000), 2, "8"),
        ("comparison with bands and crossover", lambda: compare(base, tuned), 2, ""),
    ]
    for name, task, runs, bar in lines:
        print(f"{name:40s} {best(task, runs):8.4f} s{f'   (bar {bar})' if bar else ''}", flush=True)


def peers(c: np.ndarray, folder: str) -> None:
    """Time rliable's stratified bootstrap on a matrix of 10 seeds by 1,000 tasks, and ours on the same."""
    sys.path.insert(0, folder)
    from rliable import library, metrics

    scores = np.random.default_rng(0).random((10, 1000))
    start = time.perf_counter()
    library.get_interval_estimates(
        {"a": scores}, lambda x: np.array([metrics.aggregate_iqm(x)]), method="percentile", reps=200
    )
    theirs = time.perf_counter() - start
    print(f"{'rliable: IQM, 200 replicates, 10 x 1,000':40s} {theirs:8.4f} s")
    print(f"{'ours: the same':40s} {best(lambda: aggregate(scores, iqm, replicates=200), 2):8.4f} s")
    matrix = (np.arange(SAMPLES) < c[:, None]).T.astype(np.float64)
    start = time.perf_counter()
    library.get_interval_estimates({"a": matrix}, lambda x: np.array([x.mean()]), method="percentile", reps=3)
    print(f"{'rliable: 1 replicate of the raw samples':40s} {(time.perf_counter() - start) / 3:8.4f} s")


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", metavar="FOLDER", help="site-packages with rliable")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    c = rng.integers(0, SAMPLES + 1, PROBLEMS)
    ours(c, rng)
    counts = c.tolist()
    start = time.perf_counter()
    loop = product_loop(counts, POWERS)
    seconds = time.perf_counter() - start
    apart = float(np.abs(np.array(loop) - pass_at_k(SAMPLES, c, POWERS).mean(axis=0)).max())
    print(f"{'product loop, 11 values of k':40s} {seconds:8.4f} s   (means within {apart:.0e} of ours)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory so far':40s} {peak:8.0f} MiB (bar 1,024)")
    errors = ", ".join(f"{x:.1e}" for x in largest_errors(100_000, rng))
    print(f"errors at n = 100,000: {errors} (pass@k absolute; pass@k, fail@k, pass^k relative)")
    if options.peers:
        peers(c, options.peers)


if __name__ == "__main__":
    main()
