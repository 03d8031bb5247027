"""What is known before an audit: from a pilot's counts, or from a guess at the distribution of success rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.clusters import cluster_labels
from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.passk import Ints, pass_at_k
from eval.rates import Rates, fit_rates
from eval.student import incomplete_beta

Basis = Literal["pilot", "extrapolation", "prior"]


@dataclass(frozen=True, eq=False)
class Pilot:
    """Counts of the audit at hand: `n` samples and `c` correct per problem, both of shape (M,).

    `clusters` is how many groups of related problems there are; None if each problem stands alone.
    """

    n: Ints
    c: Ints
    clusters: int | None = None

    @property
    def problems(self) -> int:
        """How many problems it has."""
        return len(self.n)

    @property
    def least(self) -> int:
        """The fewest samples of any problem."""
        return int(self.n.min())

    def check_alone(self) -> None:
        """Raise EvalError if some problems share a cluster: how much these have in common is not planned with."""
        if self.clusters is not None and self.clusters < self.problems:
            raise EvalError(
                f"the pilot's {self.problems} problems stand in {self.clusters} clusters, and a plan for new problems "
                "takes problems for independent. Give it one problem of each cluster, and what it calls a problem is a "
                "cluster; or plan for these problems (--target same, target='same'), where clusters do not matter."
            )


@dataclass(frozen=True, eq=False)
class Prospect:
    """What is known, or assumed, before the audit.

    Attributes:
        k: draws.
        mean: expected pass@k.
        between: variance of the true pass@k from problem to problem.
        rates: distribution of success rates.
        basis: `pilot`, `extrapolation` (k beyond the pilot's n) or `prior`.
        pilot: its counts; None for a prior.
        noise: factor on the sampling noise that `rates` imply; below 1 where the pilot's problems differ by less.
    """

    k: int
    mean: float
    between: float
    rates: Rates
    basis: Basis
    pilot: Pilot | None = None
    noise: float = 1.0

    def within(self, n: int) -> float:
        """Return the mean sampling variance of one problem's pass@k from n samples, n >= k."""
        return self.noise * self.rates.within(n, self.k)


def from_pilot(counts: Sequence[Count], k: int) -> Prospect:
    """Return what a pilot audit says about a larger one; 20 problems and n >= k make a useful pilot.

    Raises:
        EvalError: fewer than 2 problems, k below 1, clusters of some problems only.
    """
    found = check_counts(counts)
    if len(found) < 2 or k < 1:
        raise EvalError(f"a plan needs a pilot of at least 2 problems and k >= 1; got {len(found)}, k={k}.")
    labels = cluster_labels(found)
    groups = None if labels is None else len(set(labels))
    pilot = Pilot(np.array([x.n for x in found]), np.array([x.c for x in found]), groups)
    rates = fit_rates(pilot.n, pilot.c)
    if k > pilot.least:
        return Prospect(k, rates.mean(k), rates.between(k), rates, "extrapolation", pilot)
    values = pass_at_k(pilot.n, pilot.c, k)
    sizes, repeats = np.unique(pilot.n, return_counts=True)
    within = float(repeats @ [rates.within(int(n), k) for n in sizes]) / len(found)
    spread = float(np.var(values, ddof=1))
    # The two parts make up what was seen: a fit that leaves less than nothing for the problems has too much noise.
    noise = min(1.0, spread / within) if within > 0 else 1.0
    return Prospect(k, float(values.mean()), max(0.0, spread - within), rates, "pilot", pilot, noise)


def from_prior(a: float, b: float, k: int, never: float = 0.0) -> Prospect:
    """Return what a guess says: rates of a beta(a, b) distribution, a share `never` of problems unsolvable.

    beta(0.4, 1.2) is a hard benchmark, beta(1, 0.5) an easy one.

    Raises:
        EvalError: a or b not positive, never outside [0, 1), k below 1.
    """
    if not (0 < a < 1e6 and 0 < b < 1e6 and 0 <= never < 1) or k < 1:
        raise EvalError(
            f"a prior needs a > 0, b > 0, a share 0 <= never < 1 and k >= 1; got a={a}, b={b}, never={never}, k={k}."
        )
    edges = 1.0 / (1.0 + np.exp(np.linspace(14.0, -14.0, 401)))
    below = np.array([0.0, *(incomplete_beta(a, b, x, 1.0 - x) for x in edges), 1.0])
    middle = np.concatenate([[edges[0] / 2], (edges[1:] + edges[:-1]) / 2, [(1 + edges[-1]) / 2], [0.0]])
    rates = Rates(middle, np.append(np.diff(below) * (1.0 - never), never))
    return Prospect(k, rates.mean(k), rates.between(k), rates, "prior")
