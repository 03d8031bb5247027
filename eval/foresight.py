"""Between which half-widths an audit will come out: its interval is made of data that are not there yet.

The plan's half-width is one number. Here the rest of the audit is drawn many times from what the pilot leaves
plausible, and every draw gets its interval. Shares of problems follow the Bayesian bootstrap (Rubin 1981) over the
pilot's problems and the two pseudo-problems of `eval.intervals`, one solved and one not: an outcome that no problem
of the pilot shows is not impossible. Problems of the pilot that the audit keeps are not drawn again, so that the
nearer the pilot is to the audit, the surer is the width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from eval.draws import binomial, hypergeometric
from eval.passk import Floats, Ints, fail_at_k, pass_at_k
from eval.prospect import Pilot, Prospect
from eval.rates import Rates, fit_weights, rate_grid
from eval.same_problems import one_more
from eval.variance import variance_at_k
from eval.widths import Target, expected_width, new_half, same_half

DRAWS = 200
"""Audits drawn."""
NEAR, SURE = 0.2, 0.9
"""A plan is firm if nine draws of ten are within 20 % of its half-width."""
_EXACT, _MOST = 256, 2_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """Half-widths to reckon with.

    Attributes:
        half_width: the one they are held against.
        low, high: nine audits of ten come out between these.
        sure: the share of audits within 20 % of `half_width`.
    """

    half_width: float
    low: float
    high: float
    sure: float

    @property
    def spread(self) -> float:
        """How far `low` or `high` is off, as the larger absolute logarithm of its ratio to `half_width`."""
        return max(abs(log(max(end, 1e-12) / self.half_width)) for end in (self.low, self.high))


def foresee(
    prospect: Prospect,
    problems: int,
    n: int,
    target: Target = "new",
    confidence: float = 0.95,
    fresh: bool = False,
) -> Outlook:
    """Return the half-width to expect of an audit of this size, and how far it may be off.

    For new problems it is `eval.widths.expected_width`; for these problems, where they are the pilot's, the median of
    the draws, which know what each of them has shown.

    Args:
        prospect: of `from_pilot` or `from_prior`; a prior is taken for the truth, so that only chance remains.
        problems, n: the audit's size.
        target, confidence: of the interval.
        fresh: whether all of the audit's problems are new; else the pilot's are among them, if there is room.
    """
    rng = np.random.default_rng(0)
    kept = None if fresh else kept_pilot(prospect, problems, target)
    draw = _new if target == "new" else _same
    found = draw(prospect, kept, problems, n, confidence, rng)
    if target == "same" and kept is not None:
        expected = float(np.median(found))
    else:
        expected = expected_width(prospect, target, confidence)(problems, n)
    low, high = np.quantile(found, [(1 - SURE) / 2, (1 + SURE) / 2]).tolist()
    sure = float(np.mean(np.abs(found / expected - 1) <= NEAR + 1e-9))
    return Outlook(expected, low, high, sure)


def kept_pilot(prospect: Prospect, problems: int, target: Target) -> Pilot | None:
    """Return the pilot if an audit of so many problems can go on from it; these problems are all of the pilot's."""
    pilot = prospect.pilot
    if prospect.basis != "pilot" or pilot is None:
        return None
    fits = pilot.problems <= problems if target == "new" else pilot.problems == problems
    return pilot if fits else None


def _new(
    prospect: Prospect, kept: Pilot | None, problems: int, n: int, confidence: float, rng: np.random.Generator
) -> Floats:
    if prospect.basis == "pilot" and prospect.pilot is not None:
        mean, spread = _from_problems(prospect, prospect.pilot, kept is not None, problems, n, rng)
    else:
        mean, spread = _from_rates(prospect, problems, n, rng)
    return new_half(mean, spread, problems, problems * n, confidence)


def _from_problems(
    prospect: Prospect, pilot: Pilot, kept: bool, problems: int, n: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return means and variances of drawn audits: kinds of problems are the pilot's counts, and all or nothing."""
    kinds, have = np.unique(np.stack([pilot.n, pilot.c]), axis=1, return_counts=True)
    kinds = np.concatenate([kinds, [[n, n], [0, n]]], axis=1)
    have = np.append(have, [0, 0])
    start = have if kept else np.zeros_like(have)
    known = int(start.sum()) == problems and bool((pilot.n == n).all())
    draws = 1 if known else DRAWS
    chance = rng.gamma(np.where(have > 0, have, 1.0), size=(draws, len(have)))
    chance /= chance.sum(axis=1, keepdims=True)
    drawn = start + rng.multinomial(problems - int(start.sum()), chance)
    whole, squares = np.zeros(draws), np.zeros(draws)
    more = {had: _more(prospect.rates, n - had) for had in set(kinds[0].tolist()) if 0 < n - had <= _EXACT}
    for (had, right), times in zip(kinds.T.tolist(), drawn.T, strict=True):
        size, low, chances = _shown(prospect.rates, had, right, n, more.get(had))
        at = pass_at_k(size, low + np.arange(len(chances)), prospect.k)
        counts = rng.multinomial(times, chances) if len(chances) > 1 else times[:, None]
        whole += counts @ at
        squares += counts @ at**2
    # Problems that are not topped up in the draws are noisier there than in the audit.
    sizes, repeats = np.unique(np.where(n - pilot.n > _EXACT, pilot.n, n), return_counts=True)
    now = float(repeats @ [prospect.within(int(x)) for x in sizes]) / pilot.problems
    then = prospect.between + prospect.within(n)
    scale = then / (prospect.between + now) if prospect.between + now > 0 else 1.0
    return _moments(whole, squares, problems, scale)


def _more(rates: Rates, n: int) -> Floats:
    """Return the chances of 0..n correct samples at each rate, shape (R, n+1)."""
    return np.array([binomial(n, float(p)) for p in rates.rate])


def _shown(rates: Rates, had: int, right: int, n: int, more: Floats | None) -> tuple[int, int, Floats]:
    """Return what a problem with `right` of `had` samples correct shows in n: a size, the least count, the chances.

    Fewer samples are the first ones; more are drawn at a rate that is plausible for it; far more are left out, for they
    change the count little beside what the problems differ by.
    """
    if n < had:
        return n, *hypergeometric(had, right, n)
    if more is None:
        return had, right, np.ones(1)
    with np.errstate(divide="ignore"):
        log = right * np.log(rates.rate) + (had - right) * np.log1p(-rates.rate)
    plausible = np.exp(log - log.max()) * rates.weight
    chances = plausible @ more
    return n, right, chances / chances.sum()


def _from_rates(prospect: Prospect, problems: int, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return means and variances of audits drawn from a known distribution of rates."""
    rates, k = prospect.rates, prospect.k
    scale = 1.0
    if n <= _EXACT:
        values = pass_at_k(n, np.arange(n + 1), k)
        chance = rates.weight @ _more(rates, n)
    else:
        values, chance = rates.pass_at(k), rates.weight
        scale = 1.0 + prospect.within(n) / prospect.between if prospect.between > 0 else 1.0
    drawn = rng.multinomial(problems, chance / chance.sum(), size=DRAWS)
    return _moments(drawn @ values, drawn @ values**2, problems, scale)


def _moments(whole: Floats, squares: Floats, problems: int, scale: float) -> tuple[Floats, Floats]:
    mean = whole / problems
    return mean, np.maximum(0.0, (squares - problems * mean**2) / (problems - 1)) * scale


def _same(
    prospect: Prospect, kept: Pilot | None, problems: int, n: int, confidence: float, rng: np.random.Generator
) -> Floats:
    """Return half-widths of drawn audits: each problem at a rate that is plausible for it, and more samples."""
    if kept and kept.n.min() == kept.n.max() == n:  # nothing to draw
        c = kept.c[None]
    else:
        room = None if kept else min(problems, _MOST)
        c = _more_samples(prospect.rates, prospect.pilot, room, n, rng)
    if one_more(n, prospect.k):  # else the interval rests on a fit
        kinds, back = np.unique(c, return_inverse=True)
        once, twice = fail_at_k(n, kinds, [prospect.k, 2 * prospect.k]).T
        at = np.stack([1.0 - once, np.maximum(0.0, once**2 - twice)])[:, back.reshape(c.shape)]
        mean, noise = at.mean(axis=-1)
        return same_half(mean, noise / problems, problems, n, prospect.k, confidence)
    kinds, back = np.unique(c, return_inverse=True)
    rate, likelihood = rate_grid(np.full(len(kinds), n), kinds)
    repeats = np.apply_along_axis(np.bincount, 1, back.reshape(c.shape), None, len(kinds))
    noise = fit_weights(likelihood, repeats.astype(np.float64)) @ variance_at_k(n, prospect.k, rate)
    mean = pass_at_k(n, kinds, prospect.k)[back.reshape(c.shape)].mean(axis=-1)
    return same_half(mean, noise / problems, problems, n, prospect.k, confidence)


def _more_samples(
    rates: Rates, pilot: Pilot | None, problems: int | None, n: int, rng: np.random.Generator
) -> Ints:
    """Return counts of n samples, shape (draws, problems).

    Args:
        rates: the distribution of rates, where there is no pilot.
        pilot: the distribution is fitted to its problems anew in each draw, weighted at random.
        problems: how many are drawn; None for the pilot's own, whose samples are kept and topped up.
        n: samples of each.
        rng: source of the draws.
    """
    if pilot is None:
        chance = np.broadcast_to(rates.weight, (DRAWS, len(rates.weight)))
        return rng.binomial(n, rates.rate[_choose(chance, problems or 0, rng)])
    kinds, which, have = np.unique(
        np.stack([pilot.n, pilot.c]), axis=1, return_inverse=True, return_counts=True
    )
    rate, likelihood = rate_grid(kinds[0], kinds[1])
    weight = fit_weights(likelihood, rng.gamma(have, size=(DRAWS, len(have))))
    if problems is not None:
        return rng.binomial(n, rate[_choose(weight, problems, rng)])
    found = np.empty((DRAWS, pilot.problems), dtype=np.int64)
    for kind, (had, right) in enumerate(kinds.T.tolist()):
        members = np.flatnonzero(which.ravel() == kind)
        more = rng.binomial(max(0, n - had), rate[_choose(weight * likelihood[kind], len(members), rng)])
        found[:, members] = more + rng.hypergeometric(right, had - right, min(had, n), more.shape)
    return found


def _choose(weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return `count` places of each row of weights, drawn with chances in proportion to them."""
    below = np.cumsum(weight, axis=1)
    below /= below[:, -1:]
    rows = np.arange(len(weight))[:, None]
    # One search serves all rows: row r lies between r and r + 1.
    at = np.searchsorted((below + rows).ravel(), (rng.random((len(weight), count)) + rows).ravel(), "right")
    found: Ints = np.minimum(at.reshape(len(weight), count) - rows * weight.shape[1], weight.shape[1] - 1)
    return found
