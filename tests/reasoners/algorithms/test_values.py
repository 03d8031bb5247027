"""The critic's losses against hand-computed numbers and their own identities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms.settings import CriticSection  # noqa: E402
from reasoners.algorithms.values import (  # noqa: E402
    bin_centres,
    clipped_squares,
    explained_variance,
    hl_gauss,
    outside,
    value_loss,
)


def row(*values: float) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


def test_clipping_by_hand() -> None:
    # Old 0, clip 0.2, target 1: 0.5 counts as 0.2, whose error is larger; 1.5 too; a move away counts itself.
    found = clipped_squares(row(0.5, 1.5, -0.5), row(1.0, 1.0, 1.0), row(0.0, 0.0, 0.0), 0.2)
    assert found[0].tolist() == pytest.approx([0.8**2 / 2, 0.8**2 / 2, 1.5**2 / 2])
    assert clipped_squares(row(0.5), row(1.0), row(0.0), None)[0].tolist() == pytest.approx([0.125])


def test_a_clipped_value_has_no_gradient_towards_the_target() -> None:
    value = row(0.5).requires_grad_()
    clipped_squares(value, row(1.0), row(0.0), 0.2).sum().backward()
    assert value.grad is not None
    assert value.grad.item() == 0.0


@given(target=st.floats(-0.9, 0.9), bins=st.integers(11, 101))
@settings(max_examples=50, deadline=None)
def test_hl_gauss_targets_are_a_distribution_around_the_return(target: float, bins: int) -> None:
    section = CriticSection(loss="hl_gauss", bins=bins)
    found = hl_gauss(row(target), section)
    assert float(found.sum()) == pytest.approx(1.0, abs=1e-9)
    mean = float((found @ bin_centres(section).double()).item())
    assert mean == pytest.approx(target, abs=2.0 / bins)


def test_hl_gauss_by_hand() -> None:
    # Two bins over [-1, 1], sigma of half a bin = 0.5, return 0: both sides alike; return 0.5: by the normal integral.
    section = CriticSection(loss="hl_gauss", bins=2, sigma=0.5)
    assert hl_gauss(row(0.0), section)[0, 0].tolist() == pytest.approx([0.5, 0.5])

    def phi(x: float) -> float:
        return 0.5 * math.erfc(-x / math.sqrt(2))

    low, high = phi(-1) - phi(-3), phi(1) - phi(-1)
    assert hl_gauss(row(0.5), section)[0, 0].tolist() == pytest.approx(
        [low / (low + high), high / (low + high)], abs=1e-6
    )
    outputs = torch.zeros(1, 1, 2, dtype=torch.float64)
    assert value_loss(outputs, row(0.5), row(0.0), section).item() == pytest.approx(math.log(2), abs=1e-6)


def test_returns_outside_the_bins_are_found_rounding_is_not() -> None:
    section = CriticSection(loss="hl_gauss", low=0.0, high=1.0)
    assert outside(row(-0.01, -1e-6, 0.0, 1.0, 1 + 1e-6, 1.01), section)[0].tolist() == [1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("low", "high"), [(1.0, -1.0), (0.5, 0.5), (2.0, 1.0)])
def test_bins_over_nothing_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValidationError, match=f"low: {low} and high: {high} leave no room for bins"):
        CriticSection(loss="hl_gauss", low=low, high=high)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bins": 7}, "bins has no effect with loss: mse, only with hl_gauss"),
        ({"low": 0.0}, "low has no effect with loss: mse"),
        ({"sigma": 0.5}, "sigma has no effect with loss: mse"),
        ({"loss": "hl_gauss", "clip": 0.1}, "clip has no effect with loss: hl_gauss, only with mse"),
    ],
)
def test_what_the_loss_does_not_read_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CriticSection.model_validate(settings)


@pytest.mark.parametrize("field", ["low", "high", "sigma"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_bins_are_finite(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=f"{field}\n.*finite"):
        CriticSection.model_validate({field: value})


def test_explained_variance() -> None:
    mask = torch.tensor([[1, 1, 1, 0]])
    returns = row(0.0, 1.0, 2.0, 50.0)
    assert explained_variance(returns, returns, mask) == 1.0
    assert explained_variance(row(1.0, 1.0, 1.0, 0.0), returns, mask) == 0.0
    assert math.isnan(explained_variance(returns, row(1.0, 1.0, 1.0, 3.0), mask))
