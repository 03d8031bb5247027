"""Exact tails of the binomial and the hypergeometric distribution, summed in logarithms."""

from __future__ import annotations

from math import exp, lgamma, log, log1p


def binomial_tail(c: int, n: int, p: float) -> float:
    """Return P(X >= c) for X ~ Binomial(n, p), 0 <= p <= 1."""
    if c <= 0:
        return 1.0
    if p <= 0.0 or p >= 1.0:
        return float(p >= 1.0)
    return _sum([_choose(n, x) + x * log(p) + (n - x) * log1p(-p) for x in range(c, n + 1)])


def fisher_tail(c: int, n: int, hits: int, of: int) -> float:
    """Return P(X >= c) where the c + hits successes of two samples of n and `of` fall to the first at random.

    Fisher's exact test (1935), one-sided: is the rate behind c of n above the one behind hits of `of`?
    """
    drawn, total = c + hits, n + of
    most = min(drawn, n)
    whole = _choose(total, drawn)
    return _sum([_choose(n, x) + _choose(of, drawn - x) - whole for x in range(c, most + 1)])


def _choose(n: int, k: int) -> float:
    if not 0 <= k <= n:
        return float("-inf")
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _sum(logs: list[float]) -> float:
    return min(1.0, sum(exp(value) for value in logs))
