"""Advantages against worked cases, hand-computed groups and their own identities."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms import advantages as A  # noqa: E402, N812
from reasoners.algorithms.gae import gae, place_outcome, whiten  # noqa: E402

CASES = Path(__file__).resolve().parents[3] / "../shared/data/formula_cases.json"
NAN = math.nan
rewards_of = st.lists(st.sampled_from([0.0, 0.25, 1.0, -0.5]), min_size=2, max_size=6)


def row(*values: float) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


def families(name: str) -> list[dict]:
    if not CASES.exists():
        pytest.skip("the worked cases are not beside this checkout")
    return json.loads(CASES.read_text())["families"][name]["cases"]


def test_worked_cases() -> None:
    for case in families("advantages"):
        given_, expect = case["input"], case["expect"]
        r = row(*given_["rewards"])
        found = {
            "grpo_eps1e-4": A.group_mean(r),
            "grpo_eps1e-6": A.group_mean(r, epsilon=1e-6),
            "dr_grpo": A.group_mean(r, scale=False),
            "rloo_loop": A.leave_one_out(r),
            "opo": A.length_weighted(r, row(*given_["lengths"])),
            "remax": A.greedy_baseline(r, torch.tensor([given_["greedy"]], dtype=torch.float64)),
            "grpo_passk_nonorm": A.best_credit(r),
        }
        assert found.keys() == expect.keys()
        for name, value in found.items():
            assert value[0].tolist() == pytest.approx(expect[name], abs=1e-9), (case["id"], name)


def test_worked_gae() -> None:
    for case in families("gae"):
        given_ = case["input"]
        values = row(*given_["values"])
        found, _ = gae(
            row(*given_["rewards"]),
            values,
            torch.ones_like(values),
            gamma=given_["gamma"],
            lam=given_["lam"],
        )
        assert found[0].tolist() == pytest.approx(case["expect"], abs=1e-9)


def test_by_hand() -> None:
    group = row(1.0, 0.0, 0.0)  # mean 1/3, variance (n - 1) 1/3
    assert A.group_mean(group, epsilon=0.0)[0].tolist() == pytest.approx(
        [2 / math.sqrt(3), -1 / math.sqrt(3), -1 / math.sqrt(3)]
    )
    assert A.group_mean(group, scale=False)[0].tolist() == pytest.approx([2 / 3, -1 / 3, -1 / 3])
    assert A.leave_one_out(group)[0].tolist() == pytest.approx([1.0, -0.5, -0.5])
    assert A.length_weighted(group, row(30.0, 10.0, 20.0))[0].tolist() == pytest.approx([0.5, -0.5, -0.5])
    assert A.best_credit(row(0.2, 1.0, 0.7))[0].tolist() == pytest.approx([0.0, 0.3, 0.0])
    assert A.best_credit(row(1.0, 1.0, 0.0))[0].tolist() == [0.0, 0.0, 0.0]
    # Weighted by tokens: mean (10*1 + 30*0)/40 = 1/4, variance 40/39 * 1/4 * 3/4.
    scale = math.sqrt(40 / 39 * 3 / 16)
    found = A.batch_normalised(torch.tensor([[1.0], [0.0]]), torch.tensor([[10.0], [30.0]]), epsilon=0.0)
    assert found.flatten().tolist() == pytest.approx([0.75 / scale, -0.25 / scale])


def test_partial_credit_with_a_tiny_spread_stays_small_under_a_floor() -> None:
    group = row(0.500, 0.501, 0.500, 0.501)
    assert A.group_mean(group).abs().max() > 0.7
    assert A.group_mean(group, std_floor=0.1).abs().max() < 0.01
    decided = row(1.0, 0.0, 0.0, 1.0)
    assert torch.equal(A.group_mean(decided), A.group_mean(decided, std_floor=0.1))


ESTIMATORS = {
    "group_mean": A.group_mean,
    "dr_grpo": lambda r: A.group_mean(r, scale=False),
    "leave_one_out": A.leave_one_out,
    "length_weighted": lambda r: A.length_weighted(r, torch.full_like(r, 7.0)),
    "best_credit": A.best_credit,
    "batch_normalised": A.batch_normalised,
    "greedy": lambda r: A.greedy_baseline(r, torch.full((r.shape[0],), 0.25, dtype=r.dtype)),
}


@pytest.mark.parametrize("name", ESTIMATORS)
@given(values=rewards_of, at=st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_a_masked_sample_changes_nothing_and_gets_nothing(name: str, values: list[float], at: int) -> None:
    at = min(at, len(values))
    without = ESTIMATORS[name](row(*values))[0].tolist()
    masked = ESTIMATORS[name](row(*values[:at], NAN, *values[at:]))[0].tolist()
    assert masked.pop(at) == 0.0
    assert masked == pytest.approx(without, abs=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("values", [[NAN, NAN], [1.0, NAN]])
def test_a_group_without_two_known_samples_has_no_baseline(name: str, values: list[float]) -> None:
    found = ESTIMATORS[name](row(*values))
    assert bool(torch.isfinite(found).all())
    assert found[0, 1] == 0.0
    if name != "greedy":  # which needs no second sample
        assert found[0, 0] == 0.0


@pytest.mark.parametrize("name", sorted(ESTIMATORS.keys() - {"batch_normalised"}))
@given(values=rewards_of, other=rewards_of)
@settings(max_examples=30, deadline=None)
def test_groups_do_not_touch_each_other(name: str, values: list[float], other: list[float]) -> None:
    size = min(len(values), len(other))
    both = ESTIMATORS[name](torch.cat([row(*values[:size]), row(*other[:size])]))
    assert both[0].tolist() == ESTIMATORS[name](row(*values[:size]))[0].tolist()


@given(values=rewards_of)
@settings(max_examples=30, deadline=None)
def test_centred_estimators_sum_to_zero_and_ignore_a_shift(values: list[float]) -> None:
    for found, shifted in (
        (A.group_mean(row(*values)), A.group_mean(row(*values) + 3)),
        (A.leave_one_out(row(*values)), A.leave_one_out(row(*values) + 3)),
    ):
        assert found.sum() == pytest.approx(0.0, abs=1e-9)
        assert found[0].tolist() == pytest.approx(shifted[0].tolist(), abs=1e-9)


def test_greedy_baseline_of_a_masked_greedy_sample_masks_the_group() -> None:
    found = A.greedy_baseline(row(1.0, 0.0), torch.tensor([NAN], dtype=torch.float64))
    assert found.tolist() == [[0.0, 0.0]]
    alone = A.greedy_baseline(row(1.0), torch.tensor([0.0], dtype=torch.float64))
    assert alone.tolist() == [[1.0]]


def test_gae_steps_over_tool_tokens() -> None:
    values, rewards = row(0.2, 9.0, 9.0, 0.4, 0.7), row(0.0, 5.0, 0.0, 0.0, 1.0)
    mask = torch.tensor([[1, 0, 0, 1, 1]])
    found, returns = gae(rewards, values, mask, gamma=0.9, lam=0.8)
    alone, alone_returns = gae(row(0.0, 0.0, 1.0), row(0.2, 0.4, 0.7), torch.ones(1, 3), gamma=0.9, lam=0.8)
    assert found[0, [0, 3, 4]].tolist() == pytest.approx(alone[0].tolist())
    assert returns[0, [0, 3, 4]].tolist() == pytest.approx(alone_returns[0].tolist())
    assert found[0, 1:3].tolist() == returns[0, 1:3].tolist() == [0.0, 0.0]


@given(values=st.lists(st.floats(-2, 2), min_size=1, max_size=8), outcome=st.floats(-2, 2))
@settings(max_examples=50, deadline=None)
def test_gae_with_lambda_one_is_return_minus_value(values: list[float], outcome: float) -> None:
    v = row(*values)
    mask = torch.ones_like(v)
    rewards = place_outcome(torch.tensor([outcome], dtype=torch.float64), mask)
    found, returns = gae(rewards, v, mask, gamma=1.0, lam=1.0)
    assert found[0].tolist() == pytest.approx([outcome - x for x in values], abs=1e-9)
    assert returns[0].tolist() == pytest.approx([outcome] * len(values), abs=1e-9)


def test_the_outcome_sits_on_the_policys_last_token() -> None:
    mask = torch.tensor([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0]])
    found = place_outcome(torch.tensor([2.0, 3.0]), mask)
    assert found.tolist() == [[0, 0, 0, 2.0, 0], [0, 0, 0, 0, 0]]


def test_whitening_equals_batch_normalisation_by_tokens() -> None:
    lengths = [3, 1]
    mask = torch.tensor([[1, 1, 1], [1, 0, 0]])
    rewards = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
    tokens = rewards.expand(2, 3) * mask
    by_tokens = whiten(tokens, mask)[:, 0]
    by_rows = A.batch_normalised(rewards, torch.tensor([[float(n)] for n in lengths]))[:, 0]
    assert by_tokens.tolist() == pytest.approx(by_rows.tolist(), abs=1e-9)
    kept = whiten(row(1.0, 2.0, 4.0, 99.0), torch.tensor([[1, 1, 1, 0]]))[0]
    assert kept[3] == 0
    assert kept[:3].mean() == pytest.approx(0.0, abs=1e-12)
    assert kept[:3].var() == pytest.approx(1.0, abs=1e-6)
