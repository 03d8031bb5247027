"""Seconds for pass@k of 10,000 problems with 1,024 samples each.

    python benchmarks/passk_speed.py

Printed: the best of five runs for 11 values of k, for all 1,024, and for problems that all differ in n; the
largest error against exact fractions at n = 100,000; a paired comparison of two audits of that size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from math import comb

import numpy as np

from eval import Count, compare, fail_at_k, pass_at_k

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


def largest_errors(n: int, rng: np.random.Generator, cases: int = 60) -> tuple[float, float, float]:
    """Return the absolute error of pass@k, and the relative ones of pass@k and fail@k above 1e-300."""
    worst = [0.0, 0.0, 0.0]
    for _ in range(cases):
        c, k = (int(n ** rng.random()) for _ in range(2))
        fail = Fraction(comb(n - c, k), comb(n, k))
        true_pass, true_fail = float(1 - fail), float(fail)
        off_pass = abs(float(pass_at_k(n, c, k)) - true_pass)
        off_fail = abs(float(fail_at_k(n, c, k)) - true_fail)
        worst[0] = max(worst[0], off_pass)
        worst[1] = max(worst[1], off_pass / true_pass)
        worst[2] = max(worst[2], off_fail / true_fail if true_fail > 1e-300 else 0.0)
    return worst[0], worst[1], worst[2]


def main() -> None:
    """Print one line per figure."""
    rng = np.random.default_rng(0)
    c = rng.integers(0, SAMPLES + 1, PROBLEMS)
    ragged = rng.integers(SAMPLES, 40 * SAMPLES, PROBLEMS)
    print(f"11 values of k        {best(lambda: pass_at_k(SAMPLES, c, POWERS)):.4f} s")
    print(f"11 values, fail@k     {best(lambda: fail_at_k(SAMPLES, c, POWERS)):.4f} s")
    print(f"all 1,024 values      {best(lambda: pass_at_k(SAMPLES, c, range(1, SAMPLES + 1))):.4f} s")
    print(f"11 values, ragged n   {best(lambda: pass_at_k(ragged, ragged // 3, POWERS)):.4f} s")
    base = [Count(str(i), SAMPLES, int(x)) for i, x in enumerate(c)]
    tuned = [Count(str(i), SAMPLES, int(x)) for i, x in enumerate(rng.permutation(c))]
    print(f"paired comparison     {best(lambda: compare(base, tuned), 3):.4f} s")
    errors = largest_errors(100_000, rng)
    print(
        "errors at n = 100,000 " + ", ".join(f"{x:.1e}" for x in errors) + " (pass abs, pass rel, fail rel)"
    )


if __name__ == "__main__":
    main()
