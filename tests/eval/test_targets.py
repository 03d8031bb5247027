"""Bands, clusters and the intervals for these problems: known values and coverage."""

import numpy as np
import pytest

from eval import Count, EvalError, compare, pass_at_k, read_counts, summarise
from eval.bands import simultaneous_critical
from eval.clusters import cluster_values
from eval.intervals import critical
from eval.rates import fit_rates
from eval.same_problems import same_problem_interval
from rewards.wilson import wilson


def test_one_column_and_copies_of_it_need_no_wider_band() -> None:
    x = np.random.default_rng(0).random((50, 1))
    single = critical(50, 0.95)
    assert simultaneous_critical(x) == single
    assert simultaneous_critical(np.tile(x, 5)) == pytest.approx(single, abs=0.05)
    assert simultaneous_critical(x[:1]) is None


def test_independent_columns_need_sidaks_factor() -> None:
    x = np.random.default_rng(1).standard_normal((5000, 8))
    assert simultaneous_critical(x) == pytest.approx(2.73, abs=0.05)  # 0.95^(1/8)
    assert simultaneous_critical(x) == simultaneous_critical(x)


def test_a_band_holds_the_interval() -> None:
    rng = np.random.default_rng(0)
    counts = [Count(str(i), 64, int(c)) for i, c in enumerate(rng.binomial(64, rng.beta(0.5, 1, 60)))]
    better = [Count(x.problem_id, 64, min(64, x.c + 5)) for x in counts]
    for row in (*summarise(counts).rows, *compare(counts, better).rows):
        low, high, band_low, band_high = row.low, row.high, row.band_low, row.band_high
        assert None not in (low, high, band_low, band_high)
        assert band_low <= low <= high <= band_high  # type: ignore[operator]


def test_a_band_holds_the_whole_curve() -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(0.6, 0.8, 50_000)
    truth = [np.mean(1 - (1 - rates) ** k) for k in (1, 2, 4, 8, 16, 32, 64)]
    held = 0
    for _ in range(200):
        c = rng.binomial(64, rng.choice(rates, 100))
        rows = summarise([Count(str(i), 64, int(x)) for i, x in enumerate(c)]).rows
        held += all(r.band_low <= t <= r.band_high for r, t in zip(rows, truth, strict=True))  # type: ignore[operator]
    assert held >= 0.91 * 200


def test_clusters_of_one_are_problems_on_their_own() -> None:
    x = np.random.default_rng(0).random((40, 3))
    found = cluster_values(x, [str(i) for i in np.random.default_rng(1).permutation(40)])
    assert np.sort(found, axis=0) == pytest.approx(np.sort(x, axis=0))
    assert cluster_values(x, None) is x


def test_copies_of_a_problem_add_nothing() -> None:
    once = [Count(str(i), 8, c) for i, c in enumerate([0, 2, 8, 5, 1, 3])]
    copies = [Count(f"{x.problem_id}-{j}", 8, x.c, f"c{x.problem_id}") for x in once for j in range(5)]
    alone, grouped = summarise(once, [1]), summarise(copies, [1])
    assert grouped.clusters == 6
    assert grouped.rows[0].low == pytest.approx(alone.rows[0].low)
    assert summarise([Count(x.problem_id, 8, x.c) for x in copies], [1]).rows[0].low > grouped.rows[0].low  # type: ignore[operator]


def test_unequal_clusters_have_the_robust_error() -> None:
    x = np.array([[0.0], [1.0], [0.5], [0.25]])
    labels = ["a", "a", "a", "b"]
    y = cluster_values(x, labels)
    residual = x[:, 0] - x.mean()
    sums = [residual[:3].sum(), residual[3]]
    assert float(np.var(y, ddof=1)) / 2 == pytest.approx(2 / 1 * sum(s**2 for s in sums) / 16)
    assert y.mean() == pytest.approx(x.mean())


def test_clusters_are_read_and_all_or_none(tmp_path: object) -> None:
    path = tmp_path / "c.jsonl"  # type: ignore[operator]
    path.write_text(
        '{"problem_id": "a", "n": 4, "c": 1, "cluster": 7}\n{"problem_id": "b", "n": 4, "c": 1}\n'
    )
    counts = read_counts(path)
    assert counts[0].row() == {"problem_id": "a", "n": 4, "c": 1, "cluster": "7"}
    with pytest.raises(EvalError, match="1 problems have no cluster, the first `b`"):
        summarise(counts)


@pytest.mark.parametrize(("k", "basis"), [(4, "unbiased"), (16, "unbiased"), (17, "model"), (64, "model")])
def test_these_problems_new_samples(k: int, basis: str) -> None:
    rng = np.random.default_rng(5)
    rates = rng.beta(0.4, 1.0, 100)
    truth, held = float(np.mean(1 - (1 - rates) ** k)), 0
    n = np.full(100, 64)
    for _ in range(300):
        found, on = same_problem_interval(n, rng.binomial(64, rates), k)
        assert on == basis
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held >= 0.90 * 300


@pytest.mark.parametrize("c", [0, 8])
def test_never_and_always_solved_have_a_width(c: int) -> None:
    for k in (1, 4, 8):
        found, _ = same_problem_interval(np.full(30, 8), np.full(30, c), k)
        assert found.low is not None
        assert found.high is not None
        assert 0 < found.high - found.low < 0.2


def test_fitted_rates_give_back_the_curve() -> None:
    rng = np.random.default_rng(0)
    rates = rng.beta(0.8, 1.5, 2000)
    n, c = np.full(2000, 32), rng.binomial(32, rates)
    fit = fit_rates(n, c)
    assert fit.weight.sum() == pytest.approx(1.0)
    for k in (1, 4, 16, 32):
        assert fit.mean(k) == pytest.approx(float(pass_at_k(n, c, k).mean()), abs=0.01)
        assert fit.between(k) == pytest.approx(float(np.var(1 - (1 - rates) ** k)), rel=0.2)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_where_nearly_all_samples_are_correct_these_problems_are_known_well(k: int) -> None:
    widths = []
    for worst in range(32, 15, -1):
        c = np.full(60, 32)
        c[0] = worst
        found = same_problem_interval(np.full(60, 32), c, k)[0]
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.estimate <= found.high
        widths.append(found.high - found.low)
    # Once the estimated variance could be any multiple of p(1-p), and one worse problem made it 0.97.
    assert max(widths) <= 2 * widths[0]


def test_one_sample_that_fails_is_one_of_all_samples() -> None:
    found = same_problem_interval(np.full(60, 32), np.array([31, *[32] * 59]), 1)[0]
    assert (found.low, found.high) == pytest.approx(wilson(1919, 1920), abs=2e-5)
