"""What a model can solve at all, before and after: kept, new, lost, never, and how much of it may be luck.

"New" means that the base solved the problem in none of its n samples. A rarely solved problem shows none by
chance, so a new problem is a finding only where luck is unlikely.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
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
        new_beyond_luck, lost_beyond_luck: ids of those that luck does not explain; two equal models show any in at
            most 5 % of audits (Fisher's test, two-sided; Tarone 1990 and Holm 1979 over all problems).
        unseen_rate: the success rate that n samples without a correct one still allow, 1 - 0.05^(1/n), at
            the smallest n.
        mcnemar: two-sided exact p-value of McNemar's test of new against lost; None where n differs, and with
            clusters, whose problems are not independent.
        clusters_gaining, clusters_losing: clusters with more new than lost problems, and with more lost than
            new; None without clusters.
        cluster_sign_test: two-sided exact p-value of the sign test of one against the other; None without
            clusters and where n differs.
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
    clusters_gaining: int | None = None
    clusters_losing: int | None = None
    cluster_sign_test: float | None = None

    def new_against_lost(self) -> str:
        """Return the test of new against lost as a sentence: empty where n differs."""
        if self.mcnemar is not None:
            return f"New against lost: p = {self.mcnemar:.3g} (McNemar, exact, two-sided)."
        if self.cluster_sign_test is None:
            return ""
        return (
            f"New against lost by cluster: {self.clusters_gaining} with more new, {self.clusters_losing} with more "
            f"lost; p = {self.cluster_sign_test:.3g} (sign test on clusters, exact, two-sided). McNemar's test is "
            "left out: it takes problems for independent, and those of a cluster are not."
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def support_table(pairs: Sequence[Pair], labels: Sequence[str] | None = None) -> Support:
    """Return the support table of paired problems, at least one; `labels` are their clusters, if they have any."""
    by = {name: [p for p in pairs if p.change == name] for name in ("kept", "new", "lost", "never")}
    kept, new, lost, never = (len(by[name]) for name in ("kept", "new", "lost", "never"))
    srr, ndr = _share(kept, kept + lost), _share(new, kept + new)
    sds = None if srr is None or ndr is None else (2 * srr * ndr / (srr + ndr) if srr + ndr else 0.0)
    sure = _beyond_luck(pairs)
    samples = {x.n for p in pairs for x in (p.base, p.tuned)}
    one_n = len(samples) == 1
    clusters = None if labels is None else _by_cluster(pairs, labels)
    return Support(
        *(kept, new, lost, never, srr, ndr, sds, _share(new - lost, kept + new + lost)),
        new_by_luck=sum(luck(p.base.n, p.tuned.n, p.base.c + p.tuned.c) for p in pairs if _solved(p)),
        lost_by_luck=sum(luck(p.tuned.n, p.base.n, p.base.c + p.tuned.c) for p in pairs if _solved(p)),
        new_beyond_luck=tuple(p.problem_id for p in by["new"] if p.problem_id in sure),
        lost_beyond_luck=tuple(p.problem_id for p in by["lost"] if p.problem_id in sure),
        unseen_rate=unseen_rate(min(samples)),
        mcnemar=sign_test(new, lost) if labels is None and one_n else None,
        clusters_gaining=clusters and clusters[0],
        clusters_losing=clusters and clusters[1],
        cluster_sign_test=sign_test(*clusters) if clusters and one_n else None,
    )


def _by_cluster(pairs: Sequence[Pair], labels: Sequence[str]) -> tuple[int, int]:
    """Return how many clusters hold more new than lost problems, and how many more lost than new."""
    net: Counter[str] = Counter()
    for pair, label in zip(pairs, labels, strict=True):
        net[label] += (pair.change == "new") - (pair.change == "lost")
    return sum(x > 0 for x in net.values()), sum(x < 0 for x in net.values())


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


def sign_test(new: int, lost: int) -> float:
    """Return the two-sided exact p-value of `new` against `lost` at even odds.

    Of discordant problems it is McNemar's exact test (McNemar 1947); of clusters it is the sign test.
    """
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


def _beyond_luck(pairs: Sequence[Pair], error: float = 0.05) -> set[str]:
    """Return the ids of problems whose becoming new or lost luck does not explain, at this family-wise error.

    Given how often a problem was solved by both together, its p-value is twice the chance of all right samples
    falling on the side where they did (Fisher's exact test, either side), and 1 where both sides have some. The
    same number says how small the p-value could be at all; problems that could not come out below `error` over
    the number tested are left out (Tarone 1990, Biometrics 46:515), and the rest is adjusted (Holm 1979). Which
    are tested hangs on these totals alone, not on what became new or lost: so the error holds whatever the rates.
    """
    family = _testable(pairs, error)
    chances = [min(1.0, 2 * _one_sided(p)) for p in family]
    return {p.problem_id for p, value in zip(family, holm(chances), strict=True) if value < error}


def _testable(pairs: Sequence[Pair], error: float) -> list[Pair]:
    """Return the problems that could come out below `error` over their number (Tarone 1990)."""
    least = [2 * _least(p.base.n, p.tuned.n, p.base.c + p.tuned.c) for p in pairs]
    ranked, tests = sorted(least), 1
    while bisect_left(ranked, error / tests) > tests:
        tests += 1
    return [p for p, value in zip(pairs, least, strict=True) if value < error / tests]


def _least(n: int, other_n: int, correct: int) -> float:
    """Return the smallest chance that all right samples fall on one side; 1 where none, or no side, holds them."""
    sides = ((n, other_n), (other_n, n))
    return min((luck(x, y, correct) for x, y in sides if 0 < correct <= y), default=1.0)


def _one_sided(pair: Pair) -> float:
    """Return the chance of all right samples falling where they fell; 1 where both sides have some, or none."""
    if pair.change == "new":
        return luck(pair.base.n, pair.tuned.n, pair.tuned.c)
    return luck(pair.tuned.n, pair.base.n, pair.base.c) if pair.change == "lost" else 1.0


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
