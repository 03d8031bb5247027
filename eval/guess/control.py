"""Which problems are solved no more often than guessing would, and how much of the gain at large k they make up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.guess.power import Power, baseline_power, likely
from eval.guess.prior import Basis, Guess
from eval.guess.tails import binomial_tail, fisher_tail
from eval.passk import pass_at_k
from eval.summary import check_ks
from rewards.wilson import wilson

ALPHA = 0.01
"""A problem is solved beyond chance where so many right samples have at most this probability under guessing."""


@dataclass(frozen=True, slots=True)
class ProblemChance:
    """One problem that can be guessed: c of n right, the chance g of one guess, and the test.

    Attributes:
        p_value: chance of c or more right samples if each were a guess.
        within: solved at least once, but no more than guessing explains.
    """

    problem_id: str
    n: int
    c: int
    rate: float
    basis: Basis
    p_value: float
    within: bool


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """One k; means over all problems.

    Attributes:
        pass_at_k: the unbiased estimate.
        chance: 1 - (1-g)^k, with g = 0 where no g is known: what guessing alone would reach.
        beyond: pass@k with every problem that is within chance counted as never solved.
        gain: pass@k - pass@1.
        within: the part of that gain that lies on problems within chance.
    """

    k: int
    pass_at_k: float
    chance: float
    beyond: float
    gain: float
    within: float

    @property
    def share(self) -> float | None:
        """The share of the gain that lies within chance; None without a gain."""
        return self.within / self.gain if self.gain > 1e-12 else None


@dataclass(frozen=True)
class GuessControl:
    """What `control_guesses` found: one row per k, one entry per problem with a known g.

    `power` says whether the run without reasoning was long enough; None without one.
    """

    problems: int
    rows: tuple[ChanceRow, ...]
    chances: tuple[ProblemChance, ...]
    power: Power | None = None

    @property
    def flagged(self) -> list[str]:
        """Ids of the problems within chance."""
        return [x.problem_id for x in self.chances if x.within]

    @property
    def alarm(self) -> bool:
        """Whether at least half of the gain at the largest k lies within chance."""
        share = self.rows[-1].share
        return share is not None and share >= 0.5

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "problems": self.problems,
            "guessable": len(self.chances),
            "alarm": self.alarm,
            "baseline_power": None if self.power is None else asdict(self.power),
            "k": [{**asdict(row), "share": row.share} for row in self.rows],
            "flagged": self.flagged,
            "per_problem": [asdict(x) for x in self.chances],
        }


def control_guesses(
    counts: Sequence[Count],
    *sources: Mapping[str, Guess],
    ks: Sequence[int] | None = None,
    alpha: float = ALPHA,
) -> GuessControl:
    """Flag the problems that guessing explains, and split the gain from k = 1 to each k.

    A problem is *within chance* if a guesser would more likely than not have hit it in n samples, and c of n
    is no more than guessing gives: the one-sided binomial test with g does not reject at `alpha`, or, against a
    run without reasoning, Fisher's (the guesser is then taken at the lower 95 % limit of that run). What is
    answered without reasoning more than half of the time is known and is never flagged. With several sources one
    is enough.

    The test takes samples for independent guesses. A model whose guesses at a problem lean to one answer looks as if
    it knew, or not, by luck; a run without reasoning leans the same way and shows it.

    Args:
        counts: one per problem.
        sources: problem id -> g (see `eval.guess.prior`); problems may be missing in any.
        ks: draws; default: powers of two up to the smallest n, and that n.
        alpha: of the tests, in (0, 1).

    Raises:
        EvalError: no counts, a k above some n, or alpha outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise EvalError(f"alpha must be between 0 and 1; got {alpha}.")
    found = check_counts(counts)
    chosen = check_ks(found, ks)
    chances = [y for x in found if (y := _chance(x, sources, alpha)) is not None]
    flagged = {y.problem_id for y in chances if y.within}
    rates = {y.problem_id: y.rate for y in chances}
    n, c = np.array([x.n for x in found]), np.array([x.c for x in found])
    g = np.array([rates.get(x.problem_id, 0.0) for x in found])
    within = np.array([x.problem_id in flagged for x in found])
    once, passed = pass_at_k(n, c, 1), pass_at_k(n, c, chosen)
    rows = []
    for column, k in enumerate(chosen):
        at = passed[:, column]
        gain = at - once
        figures = (at, 1 - (1 - g) ** k, at * ~within, gain, gain * within)
        rows.append(ChanceRow(k, *(float(values.mean()) for values in figures)))
    return GuessControl(len(found), tuple(rows), tuple(chances), _power(found, sources, alpha))


def _power(counts: Sequence[Count], sources: Sequence[Mapping[str, Guess]], alpha: float) -> Power | None:
    bare = [g.of for x in counts for s in sources if (g := s.get(x.problem_id)) is not None and g.of]
    return baseline_power(min(bare), min(x.n for x in counts), alpha) if bare else None


def _chance(count: Count, sources: Sequence[Mapping[str, Guess]], alpha: float) -> ProblemChance | None:
    """Return the test against the source that explains most; None if no source knows a g above 0."""
    tested = [_test(count, s[count.problem_id], alpha) for s in sources if count.problem_id in s]
    usable = [x for x in tested if x.rate > 0]
    return max(usable, key=lambda x: (x.within, x.rate), default=None)


def _test(count: Count, guess: Guess, alpha: float) -> ProblemChance:
    if guess.of:
        p_value = fisher_tail(count.c, count.n, guess.hits, guess.of)
        sure = wilson(guess.hits, guess.of)[0]  # one hit of 128 may be reasoning that slipped through
    else:
        p_value = binomial_tail(count.c, count.n, guess.rate)
        sure = guess.rate
    within = bool(count.c > 0 and likely(sure, guess.rate, count.n) and p_value > alpha)
    return ProblemChance(count.problem_id, count.n, count.c, guess.rate, guess.basis, p_value, within)
