"""Aggregates of seeds and tasks, the sequential test, several models: known values and error rates."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval import Count, EvalError, compare, fail_at_k
from eval.bootstrap import bootstrap_curve, bootstrap_difference
from eval.family import compare_many
from eval.sequential import sequential_test
from eval.studies import (
    aggregate,
    iqm,
    mean,
    median,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
)

CASES = Path(__file__).resolve().parents[2] / "../shared/data/formula_cases.json"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([0, 0, 0.5, 1, 1, 1, 1, 1], 0.875), ([5, 1, 2, 8, 3, 9, 7, 4, 6], 5.0), ([2], 2.0)],
)
def test_iqm_of_known_lists(scores: list[float], expected: float) -> None:
    assert float(iqm(np.array([scores]))) == pytest.approx(expected)


def test_worked_cases() -> None:
    if not CASES.exists():
        pytest.skip(f"no worked cases at {CASES}")
    for case in json.loads(CASES.read_text())["families"]["iqm"]["cases"]:
        assert float(iqm(np.array([case["input"]]))) == pytest.approx(case["expect"], abs=1e-9)


def test_aggregates_by_hand() -> None:
    x = np.array([[0.0, 1.0, 0.2], [1.0, 1.0, 0.4]])
    assert float(mean(x)) == pytest.approx(0.6)
    assert float(median(x)) == pytest.approx(0.5)
    assert float(optimality_gap(x)) == pytest.approx((1 + 0.8 + 0.6) / 6)
    assert performance_profile(x, [0.0, 0.3, 1.0]).tolist() == [5 / 6, 4 / 6, 0.0]
    found = probability_of_improvement([[1.0, 0.0], [2.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]])
    assert found.estimate == pytest.approx((0.5 + 1 + 1 + 1) / 4 / 2)


def test_intervals_hold_their_estimate_and_repeat() -> None:
    x = np.random.default_rng(0).normal(size=(10, 5))
    found = aggregate(x)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.estimate < found.high
    assert aggregate(x) == found
    assert aggregate(x, seed=1) != found
    assert aggregate(x[:1]).low is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: aggregate([1.0, 2.0]), "one row per seed"),
        (lambda: aggregate([[1.0, float("nan")]]), "finite"),
        (lambda: aggregate([[]]), "one row per seed"),
        (lambda: aggregate([[1.0], [2.0]], confidence=95.0), "confidence"),
        (lambda: probability_of_improvement([[1.0]], [[1.0, 2.0]]), "same tasks"),
        (lambda: sequential_test([], 3), "0 batches"),
        (lambda: sequential_test([{"a": [1.0], "b": [2.0]}] * 4, 3), "at most the 3 planned"),
        (lambda: sequential_test([{"a": [1.0]}], 3), "at least 2 models"),
        (lambda: sequential_test([{"a": [1.0], "b": []}], 3), "same number of seeds"),
        (lambda: sequential_test([{"a": [1.0], "b": [1.0]}, {"a": [1.0], "c": [1.0]}], 3), "every model"),
        (lambda: sequential_test([{"a": [1.0], "b": [float("inf")]}], 3), "finite"),
        (lambda: sequential_test([{"a": [1.0], "b": [1.0]}], 3, alpha=5), "alpha"),
        (lambda: compare_many({"a": [Count("1", 4, 1)]}), "at least 2 models"),
        (lambda: compare_many({"a": [Count("1", 4, 1)], "b": [Count("2", 4, 1)]}), "a lacks 1, b lacks 1"),
        (
            lambda: compare_many({"a": [Count("1", 4, 1)], "b": [Count("2", 4, 1)]}, common_only=True),
            "no problem",
        ),
        (lambda: bootstrap_curve([Count("1", 4, 1)], [1], 0), "at least 1 replicate"),
        (lambda: bootstrap_difference([Count("1", 4, 1)], [Count("2", 4, 1)], [1]), "same order"),
    ],
)
def test_refuses(call: object, says: str) -> None:
    with pytest.raises(EvalError, match=says):
        call()  # type: ignore[operator]


def test_far_apart_models_are_told_apart_early_and_equal_ones_never() -> None:
    rng = np.random.default_rng(0)
    batches = [
        {"a": rng.normal(0, 1, 5), "b": rng.normal(0, 1, 5), "c": rng.normal(4, 1, 5)} for _ in range(4)
    ]
    found = sequential_test(batches, 4, permutations=2000)
    assert set(found.different) == {("a", "c"), ("b", "c")}
    assert max(found.different.values()) <= 2
    assert found.open == (("a", "b"),)
    assert found.stop
    assert "Stop after 4 of 4" in found.sentence()
    early = sequential_test(batches[:1], 4, permutations=2000)
    assert not early.stop
    assert "Run another batch" in early.sentence()


def test_family_wise_error_of_the_sequential_test() -> None:
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(150):
        batches = [{name: rng.exponential(size=4) for name in "abc"} for _ in range(3)]
        wrong += bool(
            sequential_test(batches, 3, permutations=500, seed=int(rng.integers(1 << 30))).different
        )
    assert wrong <= 15  # 7.5 expected at most; 16 or more has a chance of 0.004


def family(rng: np.random.Generator, gain: float) -> dict[str, list[Count]]:
    rates = rng.beta(1, 1, 80)
    found = {}
    for name in ("base", "step 100", "step 200", "step 300"):
        p = np.clip(rates + (gain if name == "step 300" else 0), 0, 1)
        found[name] = [Count(str(i), 16, int(c)) for i, c in enumerate(rng.binomial(16, p))]
    return found


def test_one_better_checkpoint_is_found_among_equals() -> None:
    found = compare_many(family(np.random.default_rng(0), 0.2), [1, 4, 16])
    assert len(found.rows) == 9
    sure = {row.model for row in found.rows if row.family_low is not None and row.family_low > 0}
    assert sure == {"step 300"}
    assert {row.model for row in found.rows if row.p_holm is not None and row.p_holm < 0.05} == sure
    for row in found.rows:
        assert row.family_low <= row.low <= row.high <= row.family_high  # type: ignore[operator]
    assert (
        found.verdicts()[0]
        == "step 100 against base: not distinguishable at any k (all comparisons together)."
    )


def test_equal_checkpoints_are_rarely_called_different() -> None:
    rng, wrong = np.random.default_rng(2), 0
    for _ in range(100):
        rows = compare_many(family(rng, 0.0), [1, 4, 16]).rows
        wrong += any(row.family_low > 0 or row.family_high < 0 for row in rows)  # type: ignore[operator]
    assert wrong <= 11


def test_a_family_of_two_agrees_with_the_comparison() -> None:
    models = family(np.random.default_rng(0), 0.1)
    two = {name: models[name] for name in ("base", "step 300")}
    found, pair = compare_many(two, [1, 16]), compare(two["base"], two["step 300"], [1, 16])
    for row, same in zip(found.rows, pair.rows, strict=True):
        assert (row.low, row.high) == pytest.approx((same.low, same.high))
        assert (row.family_low, row.family_high) == pytest.approx((same.band_low, same.band_high))
        assert (row.p_holm < 0.05) <= (row.low > 0)  # type: ignore[operator]
    rest = models["step 100"][:-1]
    fewer = compare_many({"base": models["base"], "x": rest}, common_only=True)
    assert fewer.left_out == ("79",)
    assert compare_many({"a": rest[:1], "b": rest[:1]}).rows[0].p_holm is None


def test_bootstrap_has_the_exact_spread() -> None:
    rng = np.random.default_rng(0)
    base = [Count(str(i), n, int(rng.integers(0, n + 1))) for i, n in enumerate([16, 32] * 30)]
    tuned = [Count(x.problem_id, x.n, min(x.n, x.c + 3)) for x in base]
    x = np.array([1 - float(fail_at_k(b.n, b.c, 4)) for b in base])
    d = np.array([1 - float(fail_at_k(t.n, t.c, 4)) for t in tuned]) - x
    for found, values in (
        (bootstrap_curve(base, [1, 4], 20_000), x),
        (bootstrap_difference(base, tuned, [1, 4], 20_000), d),
    ):
        assert found[:, 1].mean() == pytest.approx(values.mean(), abs=1e-3)
        assert found[:, 1].std() == pytest.approx(values.std() / np.sqrt(60), rel=0.03)
    assert bootstrap_curve(base, [1], 5).tolist() == bootstrap_curve(base, [1], 5).tolist()


def test_bootstrap_draws_clusters_whole() -> None:
    rng = np.random.default_rng(0)
    alone = [Count(str(i), 8, int(rng.integers(0, 9))) for i in range(30)]
    alike = [Count(f"{x.problem_id}-{i}", 8, x.c, f"{x.problem_id:>3}") for x in alone for i in range(4)]
    # Four problems that are one and the same say no more than one of them.
    assert bootstrap_curve(alike, [1, 4], 4_000).std(axis=0) == pytest.approx(
        bootstrap_curve(alone, [1, 4], 4_000).std(axis=0), rel=0.05
    )
    base = [
        Count(x.problem_id, 8, max(0, x.c - 2)) for x in alike
    ]  # names no cluster: those of the other hold
    assert bootstrap_difference(base, alike, [1], 4_000).std() == pytest.approx(
        bootstrap_difference(
            [Count(x.problem_id, 8, max(0, x.c - 2)) for x in alone], alone, [1], 4_000
        ).std(),
        rel=0.05,
    )
    # A replicate is the mean over the problems it drew, however many a cluster holds: here 1 of 1, or 0 of 3.
    uneven = [Count("a", 2, 2, "x"), *(Count(name, 2, 0, "y") for name in "bcd")]
    assert set(bootstrap_curve(uneven, [1], 200).ravel().tolist()) == {0.0, 0.25, 1.0}
    with pytest.raises(EvalError, match="have no cluster"):
        bootstrap_curve([Count("a", 2, 2, "x"), Count("b", 2, 2)], [1])
