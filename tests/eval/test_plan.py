"""The planner: its predictions against real intervals, its searches, its refusals, its command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval import Count, EvalError, summarise
from eval.plan import from_pilot, from_prior, plan_audit, predict


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


def test_a_pilot_with_few_deciding_problems_is_rough() -> None:
    counts = [Count(str(i), 8, 8 if i else 0) for i in range(100)]
    assert from_pilot(counts, 4).deciding == pytest.approx(1.0)
    assert from_pilot(counts, 4).rough
    assert not from_pilot(audit(np.random.default_rng(0), 100, 8), 4).rough
    assert not from_prior(20, 1, 4).rough


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
    for said in ("samples each", "for new problems of this kind", "More samples of", "tokens", "hours"):
        assert said in done.stdout
    data = json.loads(command(*words, "--json", cwd=tmp_path).stdout)
    assert data["reached"]
    assert data["samples"] == data["problems"] * data["n"]
    assert data["hours"] == pytest.approx(data["samples"] * 1000 / 500 / 3600)
    done = command("--counts", "pilot.jsonl", "--k", 4, "--half-width", 0.01, "--problems", 30, cwd=tmp_path)
    assert "however many samples: add problems" in done.stdout
    assert "Enough would be" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--k", 4, "--half-width", 0.1), "either --counts"),
        (("--prior", "1", "--k", 4, "--half-width", 0.1), "two or three numbers"),
        (("--prior", "1,2", "--k", 4), "give --half-width"),
        (("--prior", "1,2", "--k", 4, "--half-width", 3), "half-width must be"),
        (("--counts", "gone.jsonl", "--k", 4, "--half-width", 0.1), "cannot read gone.jsonl"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, words: tuple[object, ...], says: str) -> None:
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
