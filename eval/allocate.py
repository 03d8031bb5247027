"""Where more samples narrow the interval most: not on problems that are always, or never, solved.

The mean of pass@k over M problems has the sampling variance sum V_i(n_i) / M^2. After a pilot, samples go one step at a
time to the problem whose expected V_i falls most per sample; the expectation is over the success rates that the pilot
leaves plausible. For large n that is Neyman's allocation (1934).

Deciding by counts and then estimating from the same counts is biased: a problem that was lucky at first is looked at no
further. So each problem's samples are in parts, by their index, and a part's size is decided by *other* parts alone.
Its estimate is then unbiased, and so is the mean of all parts; no sample is thrown away.

Two parts decide for each other, once: a second decision of A by what B has grown to would rest on A, whose pilot
decided how B grew. Three parts in a ring can decide twice. A grows by B's pilot, B by C's, C by A's; then A by all of B
and by C's pilot: B's growth rested on C's pilot, and nothing on A.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from eval.errors import EvalError
from eval.intervals import Interval, normal_critical
from eval.passk import Floats, Ints, pass_at_k
from eval.variance import variance_at_k, variance_estimate
from rewards.wilson import share_interval

STEP = 1.25
"""A part grows by this factor at a time; smaller steps gain nothing and take longer."""
RATES: Floats = np.concatenate([[0.0], 1.0 / (1.0 + np.exp(-np.linspace(-8.0, 8.0, 81))), [1.0]])
ROUNDS = 200


@dataclass(frozen=True)
class Parts:
    """Samples of M problems in two or three parts: `n` made and `c` correct, both of shape (M, 2) or (M, 3)."""

    n: Ints
    c: Ints

    def estimate(self, k: int, confidence: float = 0.95) -> Interval:
        """Return mean pass@k over these problems, and its interval over repeated sampling.

        Raises:
            EvalError: a part has fewer than 2 k samples, so that its noise has no unbiased estimate.
        """
        mean = float(pass_at_k(self.n, self.c, k).mean())
        squared = float(variance_estimate(self.n, self.c, k).sum()) / self.n.size**2
        # One part with a single correct sample more: where all look the same, the noise is still not zero.
        least = int(self.n.min())
        squared += float(variance_at_k(least, k, 1.0 / least)) / self.n.size**2
        # A part of n samples has at most k/n of the variance of one draw: see `eval.same_problems`.
        size = max(mean * (1.0 - mean) / squared, self.n.size * least / k)
        if mean in (0.0, 1.0):
            size = float((self.n / k).sum())
        return Interval(mean, *share_interval(mean, size, normal_critical(confidence)))


def allocate(pilot: Parts, k: int, budget: int, grown: Parts | None = None) -> Ints:
    """Return how many samples each part shall have in all, shape as the pilot's; no part shrinks.

    Args:
        pilot: parts of at least 2 k samples each.
        k: draws whose pass@k shall be narrow.
        budget: samples in all, the pilot's included. Two parts get all of it; three get half of what the pilot left,
            and the rest by a second call.
        grown: what three parts have become by the first decision; for the second.

    Raises:
        EvalError: k below 1, a part with fewer than 2 k samples, or a budget that is used up.
    """
    if k < 1 or int(pilot.n.min()) < 2 * k:
        raise EvalError(
            f"each part of the pilot needs at least 2 k samples; k={k}, smallest part {pilot.n.min()}."
        )
    start, parts = (grown or pilot).n, pilot.n.shape[1]
    spent = int(start.sum())
    if budget < spent:
        raise EvalError(
            f"{spent} samples were made before the decision; the budget of {budget} must be larger."
        )
    last = parts == 2 or grown is not None
    share = (budget - spent) // (parts if last else 2 * parts)
    found = []
    for part in range(parts):
        n, c = pilot.n[:, (part + 1) % parts], pilot.c[:, (part + 1) % parts]
        if grown is not None:
            n = grown.n[:, (part + 1) % parts] + pilot.n[:, (part + 2) % parts]
            c = grown.c[:, (part + 1) % parts] + pilot.c[:, (part + 2) % parts]
        found.append(_grow(start[:, part], n, c, k, share))
    return np.stack(found, axis=1)


def _grow(start: Ints, n: Ints, c: Ints, k: int, budget: int) -> Ints:
    """Return the sizes of one part, grown from `start` by what n and c of others say."""
    plausible = _posteriors(n, c)
    known: dict[int, Floats] = {}
    size = start.astype(np.int64).copy()

    def at(samples: int) -> Floats:
        if samples not in known:
            known[samples] = plausible @ variance_at_k(samples, k, RATES)
        return known[samples]

    def entry(i: int) -> tuple[float, int]:
        now, then = int(size[i]), _following(int(size[i]))
        return -float(at(now)[i] - at(then)[i]) / (then - now), i

    heap = [entry(i) for i in range(len(size))]
    heapq.heapify(heap)
    while heap and budget > 0:
        _, i = heapq.heappop(heap)
        more = min(_following(int(size[i])) - int(size[i]), budget)
        size[i] += more
        budget -= more
        heapq.heappush(heap, entry(i))
    return size


def _following(n: int) -> int:
    return max(n + 1, int(n * STEP))


def _posteriors(n: Ints, c: Ints) -> Floats:
    """Return, per problem, weights of `RATES`: EM for the distribution of rates (Kiefer and Wolfowitz 1956)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        right = np.where(c[:, None] > 0, c[:, None] * np.log(RATES), 0.0)
        wrong = np.where((n - c)[:, None] > 0, (n - c)[:, None] * np.log1p(-RATES), 0.0)
    likelihood = np.exp(right + wrong - (right + wrong).max(axis=1, keepdims=True))
    weight = np.full(len(RATES), 1.0 / len(RATES))
    for _ in range(ROUNDS):
        found: Floats = likelihood * weight
        found /= found.sum(axis=1, keepdims=True)
        weight = found.mean(axis=0)
    return found
