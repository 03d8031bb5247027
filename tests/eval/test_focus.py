"""Adaptive sampling: unbiased by construction, spent where it matters, and the same after a stop."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.allocate import Parts, allocate
from eval.engine import run_audit
from eval.errors import EvalError
from eval.focus import Focus
from eval.passk import pass_at_k
from eval.sampling import Prompt, Request, Sample, Sampling, prompt_hash, uniforms
from eval.tally import Problem
from rewards import BadReference, Suite, Term, iter_records, reward

RATES = {"never": 0.0, "rare": 0.05, "half": 0.5, "mostly": 0.9, "always": 1.0}
PROBLEMS = [
    Problem(f"{name}{i}", f"{name}{i}", {"rate": rate}) for name, rate in RATES.items() for i in range(4)
]
SAMPLING = Sampling(max_new_tokens=2, seed=11)


@reward("below", cost="inline")
def below(completion: str, rate: float) -> float:
    """Pay for a number below the problem's rate."""
    return float(float(completion) < rate)


class Numbers:
    """An engine that says a sample's own uniform number; it may stop after some batches."""

    chat = False

    def __init__(self, batches: int = 10**9) -> None:
        self.left = batches

    def mark(self) -> dict[str, Any]:
        return {"engine": "numbers"}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Nothing to check."""

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        for start in range(0, len(requests), 7):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            found = range(start, min(start + 7, len(requests)))
            yield [Sample(i, requests[i].index, self.text(requests[i], sampling), 2, 1, False) for i in found]

    def text(self, request: Request, sampling: Sampling) -> str:
        return str(uniforms(sampling, prompt_hash(request.prompt), request.index)[0])

    def close(self) -> None:
        """Nothing to free."""


def audit(folder: Path, engine: Numbers, **changes: Any) -> dict[str, Any]:
    settings = {"n": 8, "focus": Focus(2, 20.0), "greedy": False, "sampling": SAMPLING, **changes}
    return run_audit(folder, PROBLEMS, Suite([Term(below.bind(), "below")]), engine, **settings)


def test_the_expectation_over_all_pilots_is_the_truth_exactly() -> None:
    rates, n = (0.3, 0.8), 2
    total = 0.0
    for outcome in itertools.product(range(n + 1), repeat=4):
        c = np.array(outcome).reshape(2, 2)
        chances = [
            comb(n, int(x)) * p**x * (1 - p) ** (n - x) for p, row in zip(rates, c, strict=True) for x in row
        ]
        size = allocate(Parts(np.full((2, 2), n), c), 1, 30)
        expected = (c + (size - n) * np.array(rates)[:, None]) / size
        total += float(np.prod(chances)) * float(expected.mean())
    assert total == pytest.approx(np.mean(rates), abs=1e-14)


def test_a_half_is_sized_by_the_other_half_alone_and_never_shrinks() -> None:
    random = np.random.default_rng(0)
    n, c = np.full((30, 2), 8), random.integers(0, 9, (30, 2))
    size = allocate(Parts(n, c), 2, 30 * 40)
    assert size.sum() <= 30 * 40
    assert size.sum() >= 30 * 40 - 1
    assert (size >= n).all()
    changed = c.copy()
    changed[:, 0] = random.integers(0, 9, 30)
    other = allocate(Parts(n, changed), 2, 30 * 40)
    assert (other[:, 0] == size[:, 0]).all()
    assert (other[:, 1] != size[:, 1]).any()


def ring(outcomes: np.ndarray[Any, Any], k: int, pilot: int, budget: int) -> Parts:
    """Run both decisions of three parts on outcomes that are there beforehand, shape (problems, parts, samples)."""

    def seen(sizes: np.ndarray[Any, Any]) -> Parts:
        places = np.arange(outcomes.shape[2])
        return Parts(sizes, (outcomes * (places < sizes[..., None])).sum(axis=2))

    first = seen(np.full(outcomes.shape[:2], pilot))
    grown = seen(allocate(first, k, budget))
    return seen(allocate(first, k, budget, grown))


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("k", [1, 2])
def test_neither_decision_on_a_part_of_a_ring_rests_on_its_own_outcomes(part: int, k: int) -> None:
    random = np.random.default_rng(part)
    rates = random.beta(0.5, 1.0, 12)[:, None, None]
    for _ in range(5):
        outcomes = random.random((12, 3, 300)) < rates
        changed = outcomes.copy()
        changed[:, part] = random.random((12, 300)) < random.random((12, 1))
        before, after = ring(outcomes, k, 6, 12 * 60), ring(changed, k, 6, 12 * 60)
        assert (before.n[:, part] == after.n[:, part]).all()
        assert (before.n != after.n).any()
        assert 12 * 60 - 5 <= before.n.sum() <= 12 * 60


def test_a_ring_is_right_on_average_and_so_is_its_interval() -> None:
    random = np.random.default_rng(0)
    rates = np.concatenate([np.zeros(6), random.beta(0.6, 8, 8), random.beta(3, 3, 6)])
    truth, found = float(np.mean(1 - (1 - rates) ** 2)), []
    for _ in range(60):
        outcomes = random.random((20, 3, 200)) < rates[:, None, None]
        found.append(ring(outcomes, 2, 4, 20 * 40).estimate(2))
    errors = np.array([x.estimate for x in found]) - truth
    assert abs(errors.mean()) < 3.5 * errors.std() / np.sqrt(len(errors))
    assert np.mean([(x.low or 0) <= truth <= (x.high or 0) for x in found]) >= 0.88


def test_samples_go_where_the_outcome_is_open() -> None:
    c = np.array([[0, 0]] * 10 + [[16, 16]] * 10 + [[8, 8]] * 10)
    size = allocate(Parts(np.full((30, 2), 16), c), 1, 30 * 64).sum(axis=1)
    assert size[20:].min() > 2 * size[:20].max()


def test_the_estimate_is_the_mean_of_the_halves_with_an_interval_that_is_never_empty() -> None:
    n, c = np.array([[8, 12], [10, 8]]), np.array([[2, 3], [0, 8]])
    found = Parts(n, c).estimate(2)
    assert found.estimate == pytest.approx(pass_at_k(n, c, 2).mean(), abs=1e-15)
    assert found.low is not None
    assert found.low < found.estimate < found.high
    for same in (0, 8):
        edge = Parts(np.full((5, 2), 8), np.full((5, 2), same)).estimate(1)
        assert edge.high - edge.low > 0
    # One half of one problem that is not quite solved does not make the other 59 unknown.
    nearly = np.full((60, 2), 16)
    nearly[0, 0] = 12
    few = Parts(np.full((60, 2), 16), nearly).estimate(4)
    assert few.low is not None
    assert few.low > 0.99
    with pytest.raises(EvalError, match="n < 2k"):
        Parts(n, c).estimate(5)


@pytest.mark.parametrize(
    ("k", "budget", "said"),
    [(5, 1000, "at least 2 k samples"), (0, 1000, "at least 2 k samples"), (1, 10, "must be larger")],
)
def test_what_cannot_be_decided_is_refused(k: int, budget: int, said: str) -> None:
    with pytest.raises(EvalError, match=said):
        allocate(Parts(np.full((4, 2), 8), np.zeros((4, 2), dtype=int)), k, budget)


def test_an_audit_spends_its_budget_and_reports_the_focus_apart(tmp_path: Path) -> None:
    result = audit(tmp_path / "a", Numbers())
    focus = result["focus"]
    assert (focus["k"], result["n"], result["summary"]["samples"]) == (2, 8, 160)
    assert 395 <= focus["samples"] <= 400
    assert focus["least"] >= 8
    assert focus["same_low"] <= np.mean([1 - (1 - p) ** 2 for p in RATES.values()]) <= focus["same_high"]
    made: dict[str, int] = {p.id: 0 for p in PROBLEMS}
    for record in iter_records(tmp_path / "a", "audit"):
        made[record.rollout.prompt_id] += 1
    assert min(made[f"half{i}"] for i in range(4)) > max(made[f"always{i}"] for i in range(4))
    plain = audit(tmp_path / "plain", Numbers(), focus=None)
    shared = result.keys() - {"focus", "mark"}
    assert {k: plain[k] for k in plain if k != "mark"} == {k: result[k] for k in shared}


def test_a_longer_pilot_decides_twice(tmp_path: Path) -> None:
    steps: list[int] = []

    class Counting(Numbers):
        def batches(
            self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
        ) -> Iterator[list[Sample]]:
            steps.append(len(requests))
            return super().batches(requests, sampling, details=details)

    result = audit(tmp_path, Counting(), n=12)
    focus = result["focus"]
    assert (focus["parts"], len(steps)) == (3, 3)
    assert sum(steps) == focus["samples"]
    assert 394 <= focus["samples"] <= 400
    assert focus["same_low"] <= np.mean([1 - (1 - p) ** 2 for p in RATES.values()]) <= focus["same_high"]
    assert audit(tmp_path / "again", Numbers(), n=12) == result


def test_masked_problems_are_left_out_of_the_focus(tmp_path: Path) -> None:
    @reward("picky", cost="inline")
    def picky(completion: str, rate: float) -> float:
        """Refuse the references that are 1."""
        if rate == 1.0:
            raise BadReference("no certainty, please")
        return float(float(completion) < rate)

    suite = Suite([Term(picky.bind(), "picky")])
    result = run_audit(
        tmp_path, PROBLEMS, suite, Numbers(), n=8, sampling=SAMPLING, focus=Focus(2, 20.0), greedy=False
    )
    assert result["focus"]["left_out"] == result["masked_problems"] == [f"always{i}" for i in range(4)]
    assert (result["focus"]["problems"], result["focus"]["least"] >= 8) == (16, True)
    with pytest.raises(EvalError, match="every sample was masked"):
        run_audit(
            tmp_path / "all", PROBLEMS[-4:], suite, Numbers(), n=8, sampling=SAMPLING, focus=Focus(2, 20.0)
        )


@pytest.mark.parametrize(("batches", "n"), [(3, 8), (23, 8), (30, 8), (50, 8), (36, 12), (45, 12), (55, 12)])
def test_a_stopped_audit_goes_on_to_the_same_end(tmp_path: Path, batches: int, n: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        audit(tmp_path / "stopped", Numbers(batches), n=n)
    assert audit(tmp_path / "stopped", Numbers(), n=n) == audit(tmp_path / "whole", Numbers(), n=n)
    assert audit(tmp_path / "whole", Numbers(0), n=n) == json.loads(
        (tmp_path / "whole" / "audit.json").read_text()
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n": 6}, "even n of at least 4 k = 8; got n=6"),
        ({"n": 9}, "even n"),
        ({"focus": Focus(2, 8.0)}, "leaves none after n=8"),
    ],
)
def test_a_pilot_that_cannot_decide_is_refused_before_sampling(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(EvalError, match=said):
        audit(tmp_path / "a", Numbers(0), **changes)
    assert not (tmp_path / "a").exists()
