"""Bands that hold a whole curve at once: the critical value for all k together (sup-t).

An interval per k holds its own k 95 times in 100; over a curve of many k, one of them fails far more often.
The sup-t band (Montiel Olea and Plagborg-Moller 2019) widens all of them by one factor, the quantile of the
largest of the correlated t statistics, which lies well below Bonferroni's because neighbouring k hardly
differ.
"""

from __future__ import annotations

import numpy as np

from eval.intervals import critical
from eval.passk import Floats

_DRAWS = 20_000


def simultaneous_critical(values: Floats, confidence: float = 0.95, seed: int = 0) -> float | None:
    """Return the critical value that makes intervals at every column hold together.

    The statistics are drawn from a multivariate t distribution with the correlation of the columns, which is
    what a Gaussian multiplier bootstrap of the problems draws given the data, at a fraction of its cost.

    Args:
        values: shape (M, K), one row per problem (or cluster), one column per k.
        confidence: of the band.
        seed: of the draws; the same data and seed give the same value.

    Returns:
        at least the critical value of one interval; None for one problem.
    """
    single = critical(len(values), confidence)
    if single is None:
        return None
    deviation = values - values.mean(axis=0)
    size = np.sqrt((deviation**2).sum(axis=0))
    live = size > 1e-12 * np.abs(values).max(initial=1e-300)
    if live.sum() < 2:
        return single
    scaled = deviation[:, live] / size[live]
    share, axes = np.linalg.eigh(scaled.T @ scaled)
    keep = share > 1e-9 * share[-1]  # neighbouring k are all but one: a few directions hold the curve
    rng = np.random.default_rng(seed)
    draws = rng.standard_normal((_DRAWS, int(keep.sum()))) * np.sqrt(share[keep])
    spread = np.sqrt(rng.chisquare(len(values) - 1, _DRAWS) / (len(values) - 1))
    largest = np.abs(draws @ axes[:, keep].T).max(axis=1) / spread
    return max(single, float(np.quantile(largest, confidence)))
