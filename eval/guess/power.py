"""Whether a run without reasoning is long enough to show a guess for what it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from eval.draws import binomial
from rewards.wilson import wilson

LIKELY = 0.5
"""A guesser must be more likely than this to have a hit among n samples; a rarer hit is luck, not guessing."""
KNOWN = 0.5
"""What a model answers more often than this without reasoning it knows."""
ONE_OF_FOUR = 0.25
WANTED = 0.95
"""The share of spurious gain that guess control is to flag."""
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Power:
    """What a run without reasoning of `of` samples can show about an audit of n.

    Attributes:
        of, n: samples per problem; the fewest of any problem.
        share: of the gain by guesses at one of four options, what is flagged at least.
        wanted: the least `of` from which on at least 95 % is; None if none up to 512 is enough, as for small n.
    """

    of: int
    n: int
    share: float
    wanted: int | None

    @property
    def enough(self) -> bool:
        """Whether at least 95 % of the gain by guesses is flagged."""
        return self.share >= WANTED

    def sentence(self) -> str:
        """Return the warning, or an empty text where there is nothing to warn of."""
        if self.enough:
            return ""
        more = (
            "this audit has too few samples for any length of it"
            if self.wanted is None
            else f"{self.wanted} or more flag 95 %"
        )
        return (
            f"The run without reasoning is too short: {self.of} samples per problem flag about "
            f"{100 * self.share:.0f} % of what guesses at one of four options gain in {self.n} samples; {more}."
        )


@lru_cache(maxsize=64)
def baseline_power(of: int, n: int, alpha: float) -> Power:
    """Return how much of the gain by guesses at one of four options a run without reasoning flags.

    Such a problem is missed where the run has too few hits to show that a guesser would probably hit it (see
    `likely`), or by the test, at most `alpha`. The first is what a short run fails by: one hit in 16 is as much what
    reasoning that slipped through gives.
    """
    wanted = None
    for size in range(_LONGEST, 0, -1):
        if _flagged(size, n, alpha) < WANTED:
            break
        wanted = size
    return Power(of, n, _flagged(of, n, alpha), wanted)


def likely(sure: float, rate: float, n: int) -> bool:
    """Whether a guesser who is right at the rate `sure` would probably hit once in n samples, and does not know.

    Args:
        sure: the rate that is certain: the lower 95 % limit where it was counted.
        rate: the rate as it was found.
        n: samples.
    """
    return 1 - (1 - sure) ** n >= LIKELY and rate <= KNOWN


def _flagged(of: int, n: int, alpha: float) -> float:
    fewest = next((hits for hits in range(of // 2 + 1) if likely(wilson(hits, of)[0], hits / of, n)), of)
    return (1 - alpha) * float(binomial(of, ONE_OF_FOUR)[fewest : of // 2 + 1].sum())
