"""maj@k, best-of-k, Cover@tau and judged counts: against enumeration, and what is refused."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import Count, EvalError, pass_at_k
from eval.best_of import best_of_k
from eval.cover import cover_at
from eval.judged import judged_counts
from eval.voting import Votes, maj_at_k


def enumerate_majority(votes: Votes, k: int, ties: str, unparsed: str) -> float:
    samples = [f"r{i}" for i, v in enumerate(votes.right) for _ in range(v)]
    samples += [f"w{i}" for i, v in enumerate(votes.wrong) for _ in range(v)]
    silent = {"ignore": [""], "answer": ["w-"]}.get(unparsed, [])
    samples += (silent or [""]) * votes.unparsed if unparsed != "separate" else []
    samples += [f"w-{i}" for i in range(votes.unparsed)] if unparsed == "separate" else []
    total = []
    for draw in combinations(samples, k):
        cast = Counter(x for x in draw if x)
        top = [x for x, v in cast.items() if v == max(cast.values())]
        right = [x for x in top if x[0] == "r"]
        total.append(
            {
                "share": len(right) / len(top) if top else 0.0,
                "lose": float(bool(right) and len(right) == len(top)),
                "win": float(bool(right)),
            }[ties]
        )
    return float(np.mean(total))


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=2),
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(0, 3),
    st.sampled_from(["share", "lose", "win"]),
    st.sampled_from(["ignore", "answer", "separate"]),
    st.data(),
)
@settings(deadline=None, max_examples=60)
def test_majority_is_the_mean_over_all_subsets(
    right: list[int], wrong: list[int], silent: int, ties: str, unparsed: str, data: st.DataObject
) -> None:
    if not 1 <= sum(right) + sum(wrong) + silent <= 12:
        return
    votes = Votes("a", tuple(right), tuple(wrong), silent)
    k = data.draw(st.integers(1, votes.n))
    got = maj_at_k(votes, k, ties, unparsed)  # type: ignore[arg-type]
    assert got == pytest.approx(enumerate_majority(votes, k, ties, unparsed), abs=1e-12)


def test_majority_of_one_is_the_accuracy_and_of_all_is_decided() -> None:
    votes = Votes.from_answers("a", {"42": 500, "41": 400, "7": 100}, ["42"], unparsed=24)
    assert maj_at_k(votes, 1) == pytest.approx(500 / 1024, abs=1e-12)
    assert maj_at_k(votes, 1024) == pytest.approx(1.0, abs=1e-12)
    assert 500 / 1024 < maj_at_k(votes, 64) < 1
    assert maj_at_k(Votes("a", (0,), (5,)), 3) == 0.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Votes("a", (), ()), "no samples"),
        (lambda: Votes("a", (-1,), (3,)), "whole numbers from 0"),
        (lambda: maj_at_k(Votes("a", (3,)), 4), "k=4"),
        (lambda: maj_at_k(Votes("a", (3,)), 1, ties="first"), "ties must be one of share"),  # type: ignore[arg-type]
        (lambda: maj_at_k(Votes("a", (3,)), 1, unparsed="wrong"), "unparsed must be"),  # type: ignore[arg-type]
        (lambda: best_of_k([1, 2], [1], [1]), "one score and one outcome"),
        (lambda: best_of_k([1, float("nan")], [1, 0], [1]), "finite"),
        (lambda: best_of_k([1, 2], [1, 0], [3]), "k=3"),
        (lambda: cover_at([Count("a", 4, 1)], 0.0), "tau must be"),
        (lambda: cover_at([], 0.5), "no counts"),
        (lambda: judged_counts([Count("a", 4, 2)], {"a": [[True]]}), "1 were judged"),
        (lambda: judged_counts([Count("a", 4, 2)], {}), "0 were judged"),
        (lambda: judged_counts([Count("a", 4, 1)], {"a": [[]]}), "no votes"),
        (lambda: judged_counts([], {}, "most"), "rule must be"),  # type: ignore[arg-type]
    ],
)
def test_refuses(call: object, says: str) -> None:
    with pytest.raises(EvalError, match=says):
        call()  # type: ignore[operator]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=9), st.data())
@settings(deadline=None, max_examples=40)
def test_best_of_k_is_the_mean_over_all_subsets(samples: list[tuple[int, int]], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(samples)))
    total = []
    for draw in combinations(samples, k):
        best = max(score for score, _ in draw)
        total.append(np.mean([outcome for score, outcome in draw if score == best]))
    scores, outcomes = zip(*samples, strict=True)
    assert best_of_k(scores, outcomes, [k])[0] == pytest.approx(float(np.mean(total)), abs=1e-12)


def test_a_perfect_scorer_reaches_pass_at_k_and_a_constant_one_pass_at_1() -> None:
    outcomes = [1] * 3 + [0] * 29
    ks = [1, 4, 32]
    assert best_of_k(outcomes, outcomes, ks) == pytest.approx(pass_at_k(32, 3, ks))
    assert best_of_k([0.5] * 32, outcomes, ks) == pytest.approx([3 / 32] * 3)


def test_cover_counts_and_widens_by_what_is_not_sure() -> None:
    found = cover_at([Count(str(i), 64, c) for i, c in enumerate([0] * 40 + [30, 34] + [64] * 58)], 0.5)
    assert (found.estimate, found.surely, found.surely_not) == (0.59, 58, 40)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.58
    assert found.high > 0.60
    one = cover_at([Count("a", 4, 3)], 0.7)
    assert (one.estimate, one.low) == (1.0, None)
    assert cover_at([Count("a", 10, 7), Count("b", 10, 6)], 0.7).estimate == 0.5


def test_cover_of_copies_is_that_of_its_clusters() -> None:
    c = [0, 0, 64, 0, 64, 64, 64, 64]
    copies = [Count(f"{i}-{j}", 64, x, str(i)) for i, x in enumerate(c) for j in range(10)]
    grouped, apart = cover_at(copies, 0.5), cover_at([Count(x.problem_id, 64, x.c) for x in copies], 0.5)
    alone = cover_at([Count(str(i), 64, x) for i, x in enumerate(c)], 0.5)
    assert (grouped.estimate, grouped.surely, grouped.problems) == (0.625, 50, 80)
    assert grouped.low is not None
    assert grouped.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert apart.low is not None
    assert grouped.low == pytest.approx(alone.low, abs=0.05)
    assert grouped.high == pytest.approx(alone.high, abs=0.05)
    assert apart.low > grouped.low + 0.1
    assert cover_at([Count(str(i), 64, 64, "all") for i in range(5)], 0.5).low is None


def test_cover_holds_the_truth_where_the_plug_in_is_biased() -> None:
    rng = np.random.default_rng(0)
    rates = rng.beta(0.5, 0.5, 100_000)
    truth, hits = float(np.mean(rates >= 0.9)), 0
    for _ in range(100):
        c = rng.binomial(16, rng.choice(rates, 100))
        found = cover_at([Count(str(i), 16, int(x)) for i, x in enumerate(c)], 0.9)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert hits >= 95


def test_the_three_rules_bound_each_other() -> None:
    counts = [Count("a", 8, 3), Count("b", 8, 0)]
    votes = {"a": [[True, True, False], [False, False, True], [True, True, True]]}
    found = [judged_counts(counts, votes, rule)[0].c for rule in ("any", "majority", "all")]
    assert found == [3, 2, 1]
    assert judged_counts(counts, votes)[1] == Count("b", 8, 0)
