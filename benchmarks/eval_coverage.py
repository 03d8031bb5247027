"""How often the 95 % intervals of `eval` hold the truth, by simulation, with naive methods beside them.

    python benchmarks/eval_coverage.py [--repeats 2000] [--seed 0] [--only mean same ...]

Problems are drawn from a population of success rates, n samples from each problem; the truth is the
population's own curve (target: new problems), or the drawn problems' (target: these problems). Populations are
a beta distribution with a share of problems never solved; the tuned model raises the easy problems and loses
the hardest ones, so that the curves may cross; `two changes` (crossover only) are curves that cross twice, the first
time by too little to see. `one_sided` is exact instead, for audits in which one model only wins,
whole problems, as at k = n. Methods that resample run on the first 400 repetitions only.
One line per case; the range per section and size at the end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import pairwise
from math import comb

import numpy as np
import numpy.typing as npt

from eval.bands import simultaneous_critical
from eval.crossover import Crossing, draw_grid, find_crossing
from eval.intervals import critical, difference_limits, mean_interval
from eval.passk import fail_at_k, pass_at_k
from eval.rates import fit_rates
from eval.same_problems import same_problem_interval

Floats = npt.NDArray[np.float64]
POPULATIONS = {  # a, b of the beta distribution, share never solved
    "MATH-like": (0.9, 0.5, 0.0),
    "AIME-like": (0.35, 1.5, 0.3),
    "nearly all solved": (20.0, 1.0, 0.02),
}
SIZES = ((30, 64), (100, 128), (500, 128))
TWO = "two changes"
KINDS = [*POPULATIONS, TWO]
POPULATION = 200_000
RESAMPLES, RESAMPLED = 150, 400


class Draws:
    """Counts of base and tuned for one population and size, and the truth behind them."""

    def __init__(
        self, kind: str, problems: int, n: int, rng: np.random.Generator, equal: bool = False
    ) -> None:
        a, b, never = POPULATIONS[kind]
        self.base = rng.beta(a, b, POPULATION)
        gain = 0.35 * self.base * (1 - self.base) + rng.normal(0, 0.02, POPULATION) * (self.base > 0.02)
        self.tuned = self.base if equal else np.clip(self.base + gain, 0, 1)
        self.base[rng.random(POPULATION) < never] = 0.0
        if not equal:
            self.tuned[self.base < 0.01] = 0.0
        self.kind, self.problems, self.n, self.rng = kind, problems, n, rng

    def once(self) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the base rates and both models' counts for one simulated audit."""
        pick = self.rng.integers(0, POPULATION, self.problems)
        rates = self.base[pick]
        return rates, self.rng.binomial(self.n, rates), self.rng.binomial(self.n, self.tuned[pick])

    def curve(self, ks: list[int]) -> Floats:
        return np.array([np.mean(1 - (1 - self.base) ** k) for k in ks])

    def gain(self, ks: list[int]) -> Floats:
        return np.array([np.mean((1 - self.base) ** k - (1 - self.tuned) ** k) for k in ks])

    def label(self, k: int, truth: float) -> str:
        return f"{self.kind:17s} M={self.problems:<4d} n={self.n:<4d} k={k:<4d} truth {truth:+.3f}"


class TwoChanges(Draws):
    """Four kinds of problems whose difference is -1.0 points at k = 1, +4.3 at k = 2 and negative from 11 on.

    The first of its two changes of sign is mostly within noise at these sizes.
    """

    def __init__(self, problems: int, n: int, rng: np.random.Generator) -> None:
        self.share = np.array([0.42, 0.2, 0.3, 0.08])
        self.base, self.tuned = np.array([1, 0.1, 0.0234, 0]), np.array([0.9, 0.297, 0, 0])
        self.kind, self.problems, self.n, self.rng = TWO, problems, n, rng

    def once(self) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        pick = self.rng.choice(4, self.problems, p=self.share)
        rates = self.base[pick]
        return rates, self.rng.binomial(self.n, rates), self.rng.binomial(self.n, self.tuned[pick])

    def gain(self, ks: list[int]) -> Floats:
        return np.array([self.share @ ((1 - self.base) ** k - (1 - self.tuned) ** k) for k in ks])


def cases(rng: np.random.Generator, equal: bool = False) -> Iterator[Draws]:
    for kind in [x for x in KINDS if x in POPULATIONS]:
        for problems, n in SIZES:
            yield Draws(kind, problems, n, rng, equal)


def holds(low: Floats, high: Floats, truth: Floats) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (low - 1e-12 <= truth) & (truth <= high + 1e-12)
    return found


def means(repeats: int, rng: np.random.Generator) -> None:
    """New problems: ours; normal; bootstrap of problems; resampling samples (verl); flat prior (scorio)."""
    print("mean, new problems: ours | normal | flat-prior Bayes | problem bootstrap | sample bootstrap")
    for draws in cases(rng):
        n, m = draws.n, draws.problems
        ks = [1, 8, n // 4, n]
        truth, table, flat = draws.curve(ks), pass_at_k(n, np.arange(n + 1), ks), flat_prior(n, ks)
        hits, width = np.zeros((5, len(ks))), np.zeros(len(ks))
        some = min(repeats, RESAMPLED)
        for r in range(repeats):
            _, c, _ = draws.once()
            x = table[c]
            ours = [mean_interval(x[:, j], m * n) for j in range(len(ks))]
            low, high = np.array([o.low for o in ours]), np.array([o.high for o in ours])
            error = 1.96 * x.std(axis=0, ddof=1) / m**0.5
            bayes, spread = flat[0][c].mean(axis=0), 1.96 * np.sqrt(flat[1][c].sum(axis=0)) / m
            middle = x.mean(axis=0)
            limits = [(low, high), (middle - error, middle + error), (bayes - spread, bayes + spread)]
            hits[:3] += np.stack([holds(*pair, truth) for pair in limits])
            if r < some:
                again = x[rng.integers(0, m, (RESAMPLES, m))].mean(axis=1)
                noisy = table[rng.binomial(n, c / n, (RESAMPLES, m))].mean(axis=1)
                hits[3:] += np.stack([holds(*ends(z), truth) for z in (again, noisy)]) * repeats / some
            width += (high - low) / 2
        for j, k in enumerate(ks):
            record("mean", draws, k, truth[j], hits[:, j] / repeats, f"half-width {width[j] / repeats:.3f}")


def same(repeats: int, rng: np.random.Generator) -> None:
    """These problems: ours; normal on the unbiased variance (n >= 2k); resampling samples."""
    print("mean, these problems: ours | normal on the unbiased variance | sample bootstrap")
    for draws in cases(rng):
        n, m = draws.n, draws.problems
        ks = [1, n // 4, n // 2, n]
        table = pass_at_k(n, np.arange(n + 1), ks)
        noise = np.stack([unbiased(n, k) for k in ks], axis=1)
        hits, truths, width, size = (
            np.zeros((3, len(ks))),
            np.zeros(len(ks)),
            np.zeros(len(ks)),
            np.full(m, n),
        )
        some = min(repeats, RESAMPLED)
        for r in range(repeats):
            rates, c, _ = draws.once()
            truth = np.array([np.mean(1 - (1 - rates) ** k) for k in ks])
            fit = fit_rates(size, c)
            ours = [same_problem_interval(size, c, k, rates=fit)[0] for k in ks]
            low, high = np.array([o.low for o in ours]), np.array([o.high for o in ours])
            x, error = table[c].mean(axis=0), 1.96 * np.sqrt(noise[c].sum(axis=0)) / m
            hits[:2] += np.stack([holds(*pair, truth) for pair in [(low, high), (x - error, x + error)]])
            if r < some:
                noisy = table[rng.binomial(n, c / n, (RESAMPLES, m))].mean(axis=1)
                hits[2] += holds(*ends(noisy), truth) * repeats / some
            truths, width = truths + truth, width + (high - low) / 2
        for j, k in enumerate(ks):
            share = hits[:, j] / repeats
            record("same", draws, k, truths[j] / repeats, share, f"half-width {width[j] / repeats:.4f}")


def differences(repeats: int, rng: np.random.Generator) -> None:
    """Paired difference: ours; plain t; bootstrap. And how often equal models are called different."""
    print("paired difference, new problems: ours | t | problem bootstrap")
    for equal in (False, True):
        for draws in cases(rng, equal):
            n, m = draws.n, draws.problems
            ks, t = [1, 8, n // 4, n // 2, n], critical(m, 0.95) or 0.0
            truth, table = draws.gain(ks), pass_at_k(n, np.arange(n + 1), ks)
            hits, width = np.zeros((3, len(ks))), np.zeros((2, len(ks)))
            some = min(repeats, RESAMPLED)
            for r in range(repeats):
                _, c, better = draws.once()
                d = table[better] - table[c]
                low, high = difference_limits(d, t)
                plain, middle = t * d.std(axis=0, ddof=1) / m**0.5, d.mean(axis=0)
                limits = [(low, high), (middle - plain, middle + plain)]
                hits[:2] += np.stack([holds(*pair, truth) for pair in limits])
                if r < some:
                    again = d[rng.integers(0, m, (RESAMPLES, m))].mean(axis=1)
                    hits[2] += holds(*ends(again), truth) * repeats / some
                width += np.stack([(high - low) / 2, plain])
            for j, k in enumerate(ks):
                ratio = width[0, j] / width[1, j] if width[1, j] > 0 else np.inf
                beside = f"{ratio:.2f} x t" if ratio < 100 else "t has none"
                said = f"half-width {width[0, j] / repeats:.3f}, {beside}"
                name = "equal models" if equal else "difference"
                record(name, draws, k, truth[j], hits[:, j] / repeats, said)


def one_sided(repeats: int, rng: np.random.Generator) -> None:
    """Paired difference where a share q of problems is won and none lost, by the binomial distribution: ours; t.

    Where no problem of the M differs, an interval that covers in a share c of audits at every q must reach up to
    q = 1 - (1 - c)^(1/M): just above what it reaches, such audits alone are a share 1 - c.
    """
    print("difference of one sign, coverage over its size: ours | t")
    for m, _ in SIZES:
        t, won = critical(m, 0.95) or 0.0, np.arange(min(m, 60) + 1)
        d = (np.arange(m)[:, None] < won).astype(np.float64)
        middle, plain = d.mean(axis=0), t * d.std(axis=0, ddof=1) / m**0.5
        limits = [difference_limits(d, t), (middle - plain, middle + plain)]
        shares = np.arange(1, 601) / 600 * 15 / m
        chances = np.array([[comb(m, int(x)) * q**x * (1 - q) ** (m - x) for x in won] for q in shares])
        ours, its = (
            (chances * np.stack([holds(low, high, q) for q in shares])).sum(axis=1) for low, high in limits
        )
        least = 1 - 0.07 ** (1 / m)
        print(
            f"  M={m:<4d} ours {ours.min():.3f} at {shares[ours.argmin()]:.4f}, mean {ours.mean():.3f}"
            f" | {its.min():.3f}, mean {its.mean():.3f}   where none differs ours reaches {limits[0][1][0]:.4f};"
            f" 0.93 at every size needs {least:.4f}"
        )
        FOUND["one_sided", m] = list(zip(ours.tolist(), its.tolist(), strict=True))


def bands(repeats: int, rng: np.random.Generator) -> None:
    """Whole curves at powers of two: the band; the intervals of each k taken together."""
    print("difference at all powers of two at once: sup-t band | intervals of single k")
    for draws in cases(rng):
        ks = sorted({2**i for i in range(draws.n.bit_length())})
        truth, table = draws.gain(ks), pass_at_k(draws.n, np.arange(draws.n + 1), ks)
        hits = np.zeros(2)
        for _ in range(repeats):
            _, c, better = draws.once()
            d = table[better] - table[c]
            both = simultaneous_critical(d) or 0.0, critical(draws.problems, 0.95) or 0.0
            hits += [holds(*difference_limits(d, t), truth).all() for t in both]
        record("band", draws, ks[-1], float(truth[-1]), hits / repeats, "")


def crossovers(repeats: int, rng: np.random.Generator) -> None:
    """Where the curves cross: ours; the bootstrap's percentiles of the first change of sign.

    Ours is right where what the answer says is true: with limits, that the change from the sign before them to
    the other sign is within them; that there is none below or above one limit; that there is none at all.
    """
    print("crossover: ours | bootstrap")
    for draws in cases(rng):
        crossover_case(draws, repeats, "crossover")
    for problems, n in SIZES if TWO in KINDS else ():
        crossover_case(TwoChanges(problems, n, rng), repeats, "two changes")


def crossover_case(draws: Draws, repeats: int, name: str) -> None:
    """Simulate one population and size; print and keep the shares."""
    ks, some = draw_grid(draws.n), min(repeats, RESAMPLED)
    gain, table = draws.gain(ks), pass_at_k(draws.n, np.arange(draws.n + 1), ks)
    truth = all_changes(gain, ks)
    first = next(iter(truth), draws.n + 1)
    hits, states = np.zeros(2), dict.fromkeys(("crosses", "none", "beyond", "before", "unknown"), 0)
    limited = 0  # how often limits hold the change they are for
    for r in range(repeats):
        _, c, better = draws.once()
        d = table[better] - table[c]
        found = find_crossing(ks, d, all_changes(d.mean(axis=0), ks), 0.95)
        right = holds_true(found, gain, d.mean(axis=0), ks)
        states[found.state] += 1
        hits[0] += right
        limited += right and found.state == "crosses"
        if r < some:
            sizes = np.full(draws.problems, 1 / draws.problems)
            again = first_change(draws.rng.multinomial(draws.problems, sizes, RESAMPLES) @ d, ks)
            low, high = ends(again.astype(np.float64))
            hits[1] += (low <= first <= high) * repeats / some
    said = ", ".join(f"{name} {count / repeats:.2f}" for name, count in states.items() if count)
    if states["crosses"]:
        said += f"; of `crosses` right {limited / states['crosses']:.3f}"
    at = f"k = {', '.join(map(str, truth))}" if truth else "none"
    record(name, draws, draws.n, 0.0, hits / repeats, f"true crossover {at}; {said}")


def holds_true(found: Crossing, gain: Floats, estimated: Floats, ks: list[int]) -> bool:
    """Return whether what `found` says is true where `gain` is the true curve."""
    truth = all_changes(gain, ks)
    low, high = found.low or 1, found.high or ks[-1]
    if found.state == "none":
        return not truth
    if found.state != "crosses":
        return all(low <= k <= high for k in truth)
    way = np.sign(estimated[ks.index(high)])  # the sign after the crossover that is meant
    return any(low <= k <= high and np.sign(gain[ks.index(k)]) == way for k in truth)


def all_changes(curve: Floats, ks: list[int]) -> list[int]:
    """Return every k of `ks` at which the curve changes its sign."""
    sign = np.sign(np.where(np.abs(curve) < 1e-12, 0.0, curve))
    at = np.flatnonzero(sign)
    return [ks[j] for i, j in pairwise(at) if sign[i] != sign[j]]


def first_change(curves: Floats, ks: list[int]) -> npt.NDArray[np.int64]:
    """Return, per row, the k of the first change of sign, or one more than the last k."""
    sign = np.sign(np.where(np.abs(curves) < 1e-12, 0.0, curves))
    first = sign[np.arange(len(sign)), np.argmax(sign != 0, axis=1)]
    changed = (sign == -first[:, None]) & (first != 0)[:, None]
    found: npt.NDArray[np.int64] = np.where(
        changed.any(axis=1), np.array(ks)[np.argmax(changed, axis=1)], ks[-1] + 1
    )
    return found


def unbiased(n: int, k: int) -> Floats:
    """Return the unbiased variance per count, or NaN where there is none."""
    if 2 * k > n:
        return np.full(n + 1, np.nan)
    every = np.arange(n + 1)
    found: Floats = np.maximum(fail_at_k(n, every, k) ** 2 - fail_at_k(n, every, 2 * k), 0.0)
    return found


def flat_prior(n: int, ks: list[int]) -> tuple[Floats, Floats]:
    """Return posterior mean and variance of true pass@k per count under a flat prior."""
    c = np.arange(n + 1)[:, None]
    i = np.arange(2 * ks[-1])
    fail = np.cumprod((n - c + 1 + i) / (n + 2 + i), axis=1)
    once, twice = fail[:, [k - 1 for k in ks]], fail[:, [2 * k - 1 for k in ks]]
    mean = np.asarray(1 - once, dtype=np.float64)
    variance: Floats = np.maximum(twice - once**2, 0.0)
    return mean, variance


def ends(replicates: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(replicates, [0.025, 0.975], axis=0)
    return low, high


FOUND: dict[tuple[str, int], list[tuple[float, float]]] = {}


def record(name: str, draws: Draws, k: int, truth: float, shares: Floats, said: str) -> None:
    """Print a case, and keep ours for the summary."""
    print(f"  {draws.label(k, truth)}: {' | '.join(f'{x:.3f}' for x in shares)}   {said}", flush=True)
    FOUND.setdefault((name, draws.problems), []).append((float(shares[0]), float(shares[1:].min())))


SECTIONS = {
    "mean": means,
    "same": same,
    "difference": differences,
    "one_sided": one_sided,
    "band": bands,
    "crossover": crossovers,
}


def main() -> None:
    """Run the simulation; print one line per case and the range per section and size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=2000, help="simulated audits per case (default 2000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    KINDS[:] = options.kinds
    start = time.perf_counter()
    for name in options.only:
        SECTIONS[name](options.repeats, np.random.default_rng(options.seed))
    print("range of coverage, nominal 0.95: ours | the worst of the others")
    for (name, problems), shares in FOUND.items():
        ours, others = zip(*shares, strict=True)
        print(f"  {name:12s} M={problems:<4d} {min(ours):.3f} to {max(ours):.3f} | {np.nanmin(others):.3f}")
    error = (0.95 * 0.05 / options.repeats) ** 0.5
    seconds = time.perf_counter() - start
    print(f"{options.repeats} repeats, standard error of a coverage about {error:.3f}, {seconds:.0f} s")


if __name__ == "__main__":
    main()
