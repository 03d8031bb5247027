"""What a model can solve at all, before and after: kept, new, lost, never, and how much of it may be luck.

"New" means that the base solved the problem in none of its n samples. A rarely solved problem shows none by
chance, so a new problem is a finding only where luck is unlikely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import expm1, log1p
from typing import TYPE_CHECKING, Any

from eval.passk import fail_at_k

if TYPE_CHECKING:
    from eval.compare import Pair


@dataclass(frozen=True, slots=True)
class Support:
    """The support table of two models.

    Attributes:
        kept, new, lost, never: numbers of problems solved at least once by both, tuned only, base only, none.
        srr: support retention rate, kept / (kept + lost).
        ndr: new discovery rate, new / (kept + new).
        sds: harmonic mean of the two.
        nscr: net support change rate, (new - lost) / (kept + new + lost). All four after Wu et al. 2025
            (arXiv 2507.14843); None where nothing was solved.
        new_by_luck, lost_by_luck: how many new and lost problems equal models would show on average, given
            how often each problem was solved by both together.
        new_beyond_luck, lost_beyond_luck: ids of those that luck does not explain, at 5 % family-wise error
            (Holm 1979) over all new and lost problems.
        unseen_rate: the success rate that n samples without a correct one still allow, 1 - 0.05^(1/n), at
            the smallest n.
        mcnemar: two-sided exact p-value of McNemar's test of new against lost; None where n differs.
    """

    kept: int
    new: int
    lost: int
    never: int
    srr: float | None
    ndr: float | None
    sds: float | None
    nscr: float | None
    new_by_luck: float
    lost_by_luck: float
    new_beyond_luck: tuple[str, ...]
    lost_beyond_luck: tuple[str, ...]
    unseen_rate: float
    mcnemar: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def support_table(pairs: Sequence[Pair]) -> Support:
    """Return the support table of paired problems, at least one."""
    by = {name: [p for p in pairs if p.change == name] for name in ("kept", "new", "lost", "never")}
    kept, new, lost, never = (len(by[name]) for name in ("kept", "new", "lost", "never"))
    srr, ndr = _share(kept, kept + lost), _share(new, kept + new)
    sds = None if srr is None or ndr is None else (2 * srr * ndr / (srr + ndr) if srr + ndr else 0.0)
    sure = _beyond_luck([*by["new"], *by["lost"]])
    samples = {x.n for p in pairs for x in (p.base, p.tuned)}
    return Support(
        *(kept, new, lost, never, srr, ndr, sds, _share(new - lost, kept + new + lost)),
        new_by_luck=sum(luck(p.base.n, p.tuned.n, p.base.c + p.tuned.c) for p in pairs if _solved(p)),
        lost_by_luck=sum(luck(p.tuned.n, p.base.n, p.base.c + p.tuned.c) for p in pairs if _solved(p)),
        new_beyond_luck=tuple(p.problem_id for p in by["new"] if p.problem_id in sure),
        lost_beyond_luck=tuple(p.problem_id for p in by["lost"] if p.problem_id in sure),
        unseen_rate=unseen_rate(min(samples)),
        mcnemar=mcnemar(new, lost) if len(samples) == 1 else None,
    )


@lru_cache(maxsize=65536)
def luck(n: int, other_n: int, correct: int) -> float:
    """Return the chance that n samples hold none of `correct` right ones, if the other side's are no better.

    C(other_n, correct)/C(n + other_n, correct): Fisher's exact test. One right sample against none of as many
    says nothing, 1/2; ten say 1/1024 or less.
    """
    return float(fail_at_k(n + other_n, correct, n))


def unseen_rate(n: int, confidence: float = 0.95) -> float:
    """Return the upper limit of a problem's success rate after n samples without a correct one."""
    return -expm1(log1p(-confidence) / n)


def mcnemar(new: int, lost: int) -> float:
    """Return the two-sided exact p-value of `new` against `lost` discordant problems (McNemar 1947)."""
    total = new + lost
    tail = term = 1
    for i in range(min(new, lost)):
        term = term * (total - i) // (i + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << total))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for being several (Holm 1979): the family-wise error stays below each."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def _solved(pair: Pair) -> bool:
    return pair.base.c + pair.tuned.c > 0


def _beyond_luck(pairs: Sequence[Pair]) -> set[str]:
    chances = [
        luck(p.base.n, p.tuned.n, p.tuned.c) if p.tuned.c else luck(p.tuned.n, p.base.n, p.base.c)
        for p in pairs
    ]
    return {p.problem_id for p, value in zip(pairs, holm(chances), strict=True) if value < 0.05}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
