"""The planner: its predictions against real intervals, its searches, its refusals, its command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import Count, EvalError, mean_interval, pass_at_k, same_problem_interval, summarise
from eval.foresight import foresee
from eval.plan import First, from_pilot, from_prior, plan_audit, predict


def audit(rng: np.random.Generator, problems: int, n: int) -> list[Count]:
    rates = rng.beta(0.6, 0.9, problems)
    return [Count(str(i), n, int(c)) for i, c in enumerate(rng.binomial(n, rates))]


@pytest.mark.parametrize("target", ["new", "same"])
@pytest.mark.parametrize("k", [1, 8])
def test_the_half_width_comes_out_as_planned(target: str, k: int) -> None:
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(15):
        plan = predict(from_pilot(audit(rng, 200, 32), k), 200, 64, target)  # type: ignore[arg-type]
        row = summarise(audit(rng, 200, 64), [k]).rows[0]
        low, high = (row.low, row.high) if target == "new" else (row.same_low, row.same_high)
        assert low is not None
        assert high is not None
        ratios.append((high - low) / 2 / plan.half_width)
    assert np.mean(np.abs(np.array(ratios) - 1) <= 0.2) >= 0.9


def test_a_prior_knows_its_own_moments() -> None:
    found = from_prior(2.0, 3.0, 1)
    assert found.mean == pytest.approx(0.4, abs=1e-4)
    assert found.between == pytest.approx(0.04, rel=1e-2)
    # pass@2 of beta(2, 3): 1 - E q^2 = 1 - 3*4/(5*6)
    assert from_prior(2.0, 3.0, 2).mean == pytest.approx(0.6, abs=1e-4)
    assert from_prior(2.0, 3.0, 1, 0.5).mean == pytest.approx(0.2, abs=1e-4)


def test_the_plan_is_the_smallest_that_is_enough() -> None:
    prospect = from_prior(0.6, 0.9, 4)
    found = plan_audit(prospect, 0.04)
    assert found.reached
    assert found.half_width <= 0.04 < predict(prospect, found.problems - 1, found.n).half_width
    fixed = plan_audit(prospect, 0.011, problems=30, target="same")
    assert fixed.reached
    assert predict(prospect, 30, fixed.n - 1, "same").half_width > 0.011


def test_says_where_samples_cannot_help() -> None:
    prospect = from_prior(0.6, 0.9, 4)
    found = plan_audit(prospect, 0.02, problems=30)
    assert not found.reached
    assert found.floor > 0.02
    assert found.floor <= found.half_width <= 1.05 * found.floor
    more = plan_audit(prospect, 0.02, n=16)
    assert more.reached
    assert more.problems > 30


def test_beyond_the_pilots_n_is_called_an_extrapolation() -> None:
    pilot = audit(np.random.default_rng(0), 60, 8)
    assert from_pilot(pilot, 8).basis == "pilot"
    assert from_pilot(pilot, 32).basis == "extrapolation"


def nearly_solved(problems: int, unsolved: int, n: int = 16) -> list[Count]:
    return [Count(str(i), n, n if i >= unsolved else 0) for i in range(problems)]


def half(found: object) -> float:
    low, high = found.low, found.high  # type: ignore[attr-defined]
    return float(high - low) / 2


@given(st.integers(2, 40), st.integers(1, 6), st.data())
@settings(max_examples=40, deadline=None)
def test_an_audit_that_is_its_pilot_has_the_pilots_width(problems: int, k: int, data: st.DataObject) -> None:
    n = 4 * k
    c = np.array(data.draw(st.lists(st.integers(0, n), min_size=problems, max_size=problems)))
    prospect = from_pilot([Count(str(i), n, int(x)) for i, x in enumerate(c)], k)
    sizes = np.full(problems, n)
    new = mean_interval(pass_at_k(sizes, c, k), problems * n)
    same = same_problem_interval(sizes, c, k)[0]
    assert predict(prospect, problems, n).half_width == pytest.approx(half(new), rel=1e-6)
    plan = predict(prospect, problems, n, "same")
    assert plan.half_width == pytest.approx(half(same), rel=1e-9)
    assert (plan.sure, plan.first, plan.new_samples) == (1.0, None, 0)
    assert plan.low == pytest.approx(plan.high)


def test_a_weak_pilot_is_extended_first_and_a_strong_one_is_not() -> None:
    weak = plan_audit(from_pilot(nearly_solved(60, 2), 4), 0.02)
    assert not weak.firm
    assert weak.low < 0.8 * weak.half_width < 1.2 * weak.half_width < weak.high
    assert weak.first is not None
    assert 75 <= weak.first.problems <= weak.problems
    assert weak.first.new_samples == (weak.first.problems - 60) * weak.first.n
    strong = plan_audit(from_pilot(nearly_solved(600, 20), 4), 0.01)
    assert strong.firm
    assert strong.first is None
    assert 0.8 * strong.half_width < strong.low < strong.high < 1.2 * strong.half_width


def test_what_an_extension_costs_counts_towards_the_audit() -> None:
    plan = plan_audit(from_pilot(nearly_solved(60, 2, 8), 4), 0.02, n=16)
    assert plan.first == First(plan.first.problems, 16, 60 * 8 + (plan.first.problems - 60) * 16)  # type: ignore[union-attr]
    assert plan.new_samples == 60 * 8 + (plan.problems - 60) * 16
    fresh = plan_audit(from_pilot(nearly_solved(60, 2, 8), 4), 0.02, n=16, fresh=True)
    assert fresh.new_samples == fresh.samples


def test_an_extension_stays_within_a_benchmark_of_fixed_size() -> None:
    plan = plan_audit(from_pilot(nearly_solved(30, 1), 4), 0.02, problems=90)
    assert plan.first is not None
    assert 38 <= plan.first.problems <= 90
    whole = plan_audit(from_pilot(nearly_solved(90, 2), 4), 0.02, problems=90)
    assert whole.firm
    assert not whole.reached


def test_a_pilot_that_is_enough_is_not_sampled_again() -> None:
    counts = audit(np.random.default_rng(3), 400, 32)
    for target in ("new", "same"):
        plan = plan_audit(from_pilot(counts, 1), 0.04, target=target)  # type: ignore[arg-type]
        assert (plan.problems, plan.n, plan.new_samples, plan.firm) == (400, 32, 0, True)


def test_these_problems_are_extended_in_samples() -> None:
    rng = np.random.default_rng(4)
    counts = [Count(str(i), 16, int(c)) for i, c in enumerate(rng.binomial(16, rng.beta(0.9, 0.5, 30)))]
    plan = plan_audit(from_pilot(counts, 8), 0.008, target="same")
    assert plan.problems == 30
    assert plan.first is not None
    assert plan.first.problems == 30
    assert 16 < plan.first.n <= plan.n


def test_extending_ends_with_a_firm_plan() -> None:
    rng = np.random.default_rng(5)
    rates = rng.beta(0.9, 0.5, 2000)
    counts = [Count(str(i), 32, int(c)) for i, c in enumerate(rng.binomial(32, rates))]
    problems, rounds = 30, 0
    while (plan := plan_audit(from_pilot(counts[:problems], 16), 0.02, n=32)).first:
        assert problems < plan.first.problems <= plan.problems
        problems, rounds = plan.first.problems, rounds + 1
    assert 0 < rounds <= 12
    assert plan.firm
    row = summarise(counts[: plan.problems], [16]).rows[0]
    assert abs(half(row) / plan.half_width - 1) <= 0.2


def test_chance_alone_may_be_too_much_for_any_pilot() -> None:
    plan = plan_audit(from_prior(20, 1, 1), 0.03, n=1)
    assert not plan.firm
    assert plan.first is None
    assert plan.low < plan.half_width < plan.high
    assert plan_audit(from_prior(1, 1, 1), 0.03).firm


def test_nine_of_ten_audits_come_out_where_foreseen() -> None:
    rng = np.random.default_rng(6)
    outlook = foresee(from_prior(0.9, 0.5, 4), 60, 8)
    widths = []
    for _ in range(400):
        c = rng.binomial(8, rng.beta(0.9, 0.5, 60))
        widths.append(half(mean_interval(pass_at_k(np.full(60, 8), c, 4), 480)))
    assert 0.84 <= np.mean([outlook.low <= x <= outlook.high for x in widths]) <= 0.95


def test_a_ragged_pilot_is_planned_from() -> None:
    counts = [*nearly_solved(40, 4, 8), *[Count(f"more{i}", 32, 30) for i in range(20)]]
    plan = plan_audit(from_pilot(counts, 4), 0.03, n=16)
    assert plan.new_samples == 40 * 8 + (plan.problems - 60) * 16


def test_k_beyond_the_pilots_n_asks_for_samples_first() -> None:
    plan = plan_audit(from_pilot(audit(np.random.default_rng(0), 60, 8), 32), 0.04)
    assert plan.first == First(60, 32, 60 * 24)


@pytest.mark.parametrize("c", [0, 8])
def test_a_pilot_without_spread_still_has_a_plan(c: int) -> None:
    found = plan_audit(from_pilot([Count(str(i), 8, c) for i in range(20)], 4), 0.05)
    assert found.reached
    assert 20 < found.problems < 2000


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: from_pilot([Count("a", 8, 1)], 1), "at least 2 problems"),
        (lambda: from_prior(0.0, 1.0, 1), "a > 0"),
        (lambda: from_prior(1.0, float("nan"), 1), "a > 0"),
        (lambda: plan_audit(from_prior(1, 1, 1), 0.0), "half-width"),
        (lambda: plan_audit(from_prior(1, 1, 1), 0.7), "half-width"),
        (lambda: predict(from_prior(1, 1, 8), 30, 4), "n must be within k=8"),
        (lambda: predict(from_prior(1, 1, 8), 1, 8), "number of problems"),
        (lambda: predict(from_prior(1, 1, 8), 30, 8, "old"), "target must be"),  # type: ignore[arg-type]
    ],
)
def test_refuses(call: object, says: str) -> None:
    with pytest.raises(EvalError, match=says):
        call()  # type: ignore[operator]


def command(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, "-m", "reasoners.cli.main", "plan", *map(str, words))
    return subprocess.run(words, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)


def test_the_command_from_a_pilot(tmp_path: Path) -> None:
    pilot = audit(np.random.default_rng(0), 40, 16)
    (tmp_path / "pilot.jsonl").write_text("".join(json.dumps(x.row()) + "\n" for x in pilot))
    words = (
        "--counts",
        "pilot.jsonl",
        "--k",
        4,
        "--half-width",
        0.05,
        "--tokens",
        1000,
        "--tokens-per-second",
        500,
    )
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in (
        "samples each",
        "for new problems of this kind",
        "Nine such audits",
        "More samples of",
        "tokens",
        "hours",
    ):
        assert said in done.stdout
    data = json.loads(command(*words, "--json", cwd=tmp_path).stdout)
    assert data["reached"]
    assert data["samples"] == data["problems"] * data["n"]
    assert data["new_samples"] == data["samples"] - sum(min(16, data["n"]) for _ in pilot)
    assert data["hours"] == pytest.approx(data["new_samples"] * 1000 / 500 / 3600)
    done = command("--counts", "pilot.jsonl", "--k", 4, "--half-width", 0.01, "--problems", 30, cwd=tmp_path)
    assert "however many samples: add problems" in done.stdout
    assert "Enough would be" in done.stdout


def test_the_command_says_what_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pilot.jsonl").write_text("".join(json.dumps(x.row()) + "\n" for x in nearly_solved(60, 2)))
    words = ("--counts", "pilot.jsonl", "--k", 4, "--half-width", 0.02)
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Not firm. First extend the pilot to" in done.stdout
    assert "which count towards the audit" in done.stdout
    data = json.loads(command(*words, "--json", cwd=tmp_path).stdout)
    assert not data["firm"]
    assert 75 <= data["first"]["problems"] <= data["problems"]
    assert f"to {data['first']['problems']} problems" in done.stdout
    fresh = command(*words, "--fresh", cwd=tmp_path).stdout
    assert "count towards" not in fresh
    assert "no pilot up to its size can tell" in fresh


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--k", 4, "--half-width", 0.1), "either --counts"),
        (("--prior", "1", "--k", 4, "--half-width", 0.1), "two or three numbers"),
        (("--prior", "1,2", "--k", 4), "give --half-width"),
        (("--prior", "1,2", "--k", 4, "--half-width", 0.1, "--tokens-per-second", 500), "needs --tokens"),
        (("--prior", "1,2", "--k", 4, "--half-width", 3), "half-width must be"),
        (("--counts", "gone.jsonl", "--k", 4, "--half-width", 0.1), "cannot read gone.jsonl"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, words: tuple[object, ...], says: str) -> None:
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
