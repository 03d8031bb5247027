"""maj@k: the chance that the most frequent answer among k of n samples is right. Exact, not resampled.

The k samples are drawn without replacement, so the answers' counts follow a multivariate hypergeometric
distribution. What a tie is worth, and what a sample without an answer does, changes the figure: both have
names here, and a figure without them is not comparable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from eval.draws import binomial
from eval.errors import EvalError
from eval.passk import Floats, checked

Ties = Literal["share", "lose", "win"]
"""`share`: a tie pays the share of right answers among the tied, what a random choice earns (and what the
first of equals earns, since the order of samples says nothing); `lose`: a right answer must stand alone;
`win`: it is enough to be among the tied."""
Unparsed = Literal["ignore", "answer", "separate"]
"""Samples without an answer `ignore`: cast no vote (where none is cast, the vote is wrong); `answer`: agree on
one wrong answer; `separate`: each has a wrong answer of its own."""


@dataclass(frozen=True, slots=True)
class Votes:
    """The answers to one problem: how many samples gave each right one, each wrong one, and none."""

    problem_id: str
    right: tuple[int, ...]
    wrong: tuple[int, ...] = ()
    unparsed: int = 0

    def __post_init__(self) -> None:
        for value in (*self.right, *self.wrong, self.unparsed):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise EvalError(
                    f"problem `{self.problem_id}`: votes are whole numbers from 0; got {value!r}."
                )
        if self.n < 1:
            raise EvalError(f"problem `{self.problem_id}` has no samples; at least 1 is needed.")

    @property
    def n(self) -> int:
        """All samples, with and without an answer."""
        return sum(self.right) + sum(self.wrong) + self.unparsed

    @classmethod
    def from_answers(
        cls, problem_id: str, answers: Mapping[Any, int], correct: Sequence[Any], unparsed: int = 0
    ) -> Votes:
        """Count from answer -> number of samples, and the answers that are right."""
        right = tuple(v for a, v in answers.items() if a in correct)
        return cls(problem_id, right, tuple(v for a, v in answers.items() if a not in correct), unparsed)


def maj_at_k(votes: Votes, k: int, ties: Ties = "share", unparsed: Unparsed = "ignore") -> float:
    """Return the expected credit of the majority of k of the problem's samples, in [0, 1].

    Seconds for several hundred different answers at k in the hundreds; milliseconds for the usual dozens.

    Raises:
        EvalError: k outside 1..n, an unknown rule.
    """
    checked(votes.n, 0, k)
    for name, value, known in (("ties", ties, Ties), ("unparsed", unparsed, Unparsed)):
        if value not in get_args(known):
            raise EvalError(f"{name} must be one of {', '.join(get_args(known))}; got {value!r}.")
    right, wrong, silent = [v for v in votes.right if v], [v for v in votes.wrong if v], votes.unparsed
    if unparsed != "ignore" and silent:
        wrong += [silent] if unparsed == "answer" else [1] * silent
        silent = 0
    share = k / votes.n
    credit = sum(
        _top_at(m, right, wrong, silent, k, share, ties) for m in range(1, max(right, default=0) + 1)
    )
    return min(1.0, credit / float(binomial(votes.n, share)[k]))


def _top_at(
    m: int, right: list[int], wrong: list[int], silent: int, k: int, share: float, ties: Ties
) -> float:
    """Return the credit where the most frequent answer has exactly m votes, before conditioning on k votes.

    Each answer's votes are binomial; given their sum k they are hypergeometric, whatever the rate. Answers
    with fewer than m samples cannot reach m and are one pool.
    """
    if m > k:
        return 0.0
    pool = silent + sum(v for v in (*right, *wrong) if v < m)
    state = np.zeros((1, 1, k + 1))  # right answers at m, wrong answers at m, votes so far
    chances = binomial(pool, share)[: k + 1]
    state[0, 0, : len(chances)] = chances
    for values, axis in ((right, 0), (wrong, 1)):
        for size in values:
            if size >= m:
                state = _with_answer(state, binomial(size, share), m, axis)
    at_k = state[:, :, k]
    r, t = np.indices(at_k.shape)
    if ties == "share":
        worth = r / np.maximum(r + t, 1)
    else:
        worth = ((r > 0) & ((t == 0) if ties == "lose" else True)).astype(np.float64)
    return float((at_k * worth).sum())


def _with_answer(state: Floats, chances: Floats, m: int, axis: int) -> Floats:
    """Add an answer that gets fewer than m votes, or m of them."""
    k = state.shape[2] - 1
    room = k // m + 1  # no more answers than that can have m votes each
    grown = np.zeros([min(size + (i == axis), room) for i, size in enumerate(state.shape[:2])] + [k + 1])
    r, t = state.shape[:2]
    for votes in range(min(m, k + 1)):
        grown[:r, :t, votes:] += chances[votes] * state[:, :, : k + 1 - votes]
    to_r, to_t = (1, 0) if axis == 0 else (0, 1)
    fits_r, fits_t = grown.shape[0] - to_r, grown.shape[1] - to_t
    kept = state[: min(r, fits_r), : min(t, fits_t), : k + 1 - m]
    grown[to_r : to_r + kept.shape[0], to_t : to_t + kept.shape[1], m:] += chances[m] * kept
    return grown
