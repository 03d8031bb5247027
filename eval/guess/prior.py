"""The chance g that one guess hits: from declared choices, from a run without reasoning, or from the answers given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.counts import Count
from eval.errors import EvalError
from eval.guess.answers import Answers

Basis = Literal["choices", "baseline", "answers"]
MOST_CHOICES = 26
LEAST_POOL = 5
"""Problems that must share a set of answers before it is taken for one."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The chance that one guess at a problem is right.

    Attributes:
        rate: in [0, 1].
        basis: how it is known.
        hits, of: for a run without reasoning, what was counted; 0 of 0 where the rate is taken as known.
    """

    rate: float
    basis: Basis
    hits: int = 0
    of: int = 0


def choice_guesses(choices: Mapping[str, int]) -> dict[str, Guess]:
    """Return 1/m for problems with m declared choices.

    Raises:
        EvalError: fewer than two choices.
    """
    few = next((p for p, m in choices.items() if m < 2), None)
    if few is not None:
        raise EvalError(f"problem `{few}` has {choices[few]} choice(s); a guess needs at least 2.")
    return {problem: Guess(1 / m, "choices") for problem, m in choices.items()}


def baseline_guesses(counts: Sequence[Count]) -> dict[str, Guess]:
    """Return, per problem, how often the same model is right when asked for the bare answer."""
    return {x.problem_id: Guess(x.c / x.n, "baseline", x.c, x.n) for x in counts}


def answer_guesses(answers: Sequence[Answers]) -> dict[str, Guess]:
    """Return g where answers given to other problems tell it: how often they would have been right here.

    Two readings, and the larger counts. *Open*: the mean, over all other problems, of the share of their samples
    that gave this problem's right answer (2 is a better guess than 713). *Closed*: the same mean over the
    problems that draw on this problem's own set of answers, as A to D; at least five of them. A set is closed
    where samples repeat it: at most 26 answers, four samples or more for each, and at most one in ten given
    once. Problems share a set where most of the answers of both are common, and nearly all their samples.
    """
    spread = [_shares(x) for x in answers]
    whole: Counter[str] = Counter()
    for shares in spread:
        whole.update(shares)
    pools = _Pools(answers, spread)
    found = {}
    for i, x in enumerate(answers):
        if not x.right or len(answers) < 2:
            continue
        own = sum(spread[i].get(form, 0.0) for form in x.right)
        rate = (sum(whole[form] for form in x.right) - own) / (len(answers) - 1)
        rate = max(rate, pools.rate(i))
        if rate > 1e-12:
            found[x.problem_id] = Guess(min(1.0, rate), "answers")
    return found


def _shares(x: Answers) -> dict[str, float]:
    """Return form -> share of the samples read; all right samples are under the commonest right form."""
    if not x.read:
        return {}
    shares = {form: count / x.read for form, count in x.wrong.items()}
    if x.correct and x.right:
        shares[x.right[0]] = shares.get(x.right[0], 0.0) + x.correct / x.read
    return shares


class _Pools:
    """Which problems draw on one set of answers."""

    def __init__(self, answers: Sequence[Answers], spread: Sequence[Mapping[str, float]]) -> None:
        self.answers, self.spread = answers, spread
        self.sizes = np.array([len(s) for s in spread])
        self.closed = [_is_closed(x) for x in answers]
        users: dict[str, list[int]] = defaultdict(list)
        for i, shares in enumerate(spread):
            for form in shares if self.closed[i] else ():
                users[form].append(i)
        self.users = {form: np.array(at) for form, at in users.items()}
        self.mass = {f: np.array([spread[i][f] for i in at]) for f, at in self.users.items()}
        self._known: dict[frozenset[str], list[int]] = {}

    def rate(self, i: int) -> float:
        """Return the mean share of problem i's right answer among the others of its set; 0 without a set."""
        if not self.closed[i]:
            return 0.0
        members = [j for j in self._members(frozenset(self.spread[i])) if j != i]
        if len(members) < LEAST_POOL:
            return 0.0
        right = self.answers[i].right
        return float(np.mean([sum(self.spread[j].get(f, 0.0) for f in right) for j in members]))

    def _members(self, space: frozenset[str]) -> list[int]:
        if space not in self._known:
            mass, common = np.zeros(len(self.spread)), np.zeros(len(self.spread))
            for form in space:
                mass[self.users[form]] += self.mass[form]
                common[self.users[form]] += 1
            jaccard = common / np.maximum(self.sizes + len(space) - common, 1)
            self._known[space] = np.flatnonzero((mass >= 0.95) & (jaccard > 0.5)).tolist()
        return self._known[space]


def _is_closed(x: Answers) -> bool:
    once = sum(count == 1 for count in x.wrong.values()) + (x.correct == 1)
    return 2 <= x.distinct <= MOST_CHOICES and x.read >= 4 * x.distinct and 10 * once <= x.read
