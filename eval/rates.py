"""The distribution of success rates behind a set of counts, fitted without assuming its shape.

Used where counts alone do not say enough: the noise of pass@k at k > n/2, and plans for other n. What it
says rests on a fit and is always labelled so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.passk import Floats, Ints
from eval.variance import variance_at_k

_POINTS = 60
_STEPS = 20


@dataclass(frozen=True)
class Rates:
    """A distribution of success rates: `weight[i]` of the problems are solved at the rate `rate[i]`."""

    rate: Floats
    weight: Floats

    def pass_at(self, k: int) -> Floats:
        """Return the true pass@k at each rate."""
        found: Floats = -np.expm1(k * np.log1p(-np.minimum(self.rate, 1 - 1e-16)))
        return found

    def mean(self, k: int) -> float:
        """Return the mean pass@k of all problems of this kind."""
        return float(self.weight @ self.pass_at(k))

    def between(self, k: int) -> float:
        """Return the variance of the true pass@k from problem to problem, which no sampling removes."""
        return float(self.weight @ (self.pass_at(k) - self.mean(k)) ** 2)

    def within(self, n: int, k: int) -> float:
        """Return the mean sampling variance of the estimate of one problem from n samples, k <= n."""
        return float(self.weight @ variance_at_k(n, k, self.rate))


def fit_rates(n: Ints, c: Ints) -> Rates:
    """Fit the distribution of rates to counts by 20 steps of EM from a flat start on a logit grid.

    Stopped early on purpose: run to its end, EM (the non-parametric maximum likelihood of Kiefer and
    Wolfowitz 1956) puts every unsolved problem at rate 0 and calls its noise 0. The grid spans
    1/(8 n) to 1 - 1/(8 n): no problem is taken for impossible on the word of n samples.

    Args:
        n, c: shape (M,).
    """
    pairs, repeats = np.unique(np.stack([n, c]), axis=1, return_counts=True)
    rate, likelihood = rate_grid(pairs[0], pairs[1])
    return Rates(rate, fit_weights(likelihood, repeats[None].astype(np.float64))[0])


def rate_grid(n: Ints, c: Ints) -> tuple[Floats, Floats]:
    """Return the grid of rates of `fit_rates`, and the chance of each count at each of them.

    Args:
        n, c: shape (J,).

    Returns:
        shapes (R,) and (J, R); rows of the latter are scaled to a largest value of 1.
    """
    edge = np.log(8.0 * int(n.max()) - 1.0)
    rate: Floats = 1.0 / (1.0 + np.exp(np.linspace(edge, -edge, _POINTS)))
    log = c[:, None] * np.log(rate) + (n - c)[:, None] * np.log1p(-rate)
    return rate, np.exp(log - log.max(axis=1, keepdims=True))


def fit_weights(likelihood: Floats, repeats: Floats) -> Floats:
    """Return the weights of the rates for several weightings of the same counts at once.

    Args:
        likelihood: shape (J, R), of `rate_grid`.
        repeats: shape (B, J), how often each count is there.

    Returns:
        shape (B, R), rows sum to 1.
    """
    share = repeats / repeats.sum(axis=1, keepdims=True)
    weight: Floats = np.full((len(repeats), likelihood.shape[1]), 1.0 / likelihood.shape[1])
    for _ in range(_STEPS):
        weight = weight * ((share / (weight @ likelihood.T)) @ likelihood)
    return weight
