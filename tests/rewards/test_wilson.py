"""Wilson's interval against exact values."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.wilson import Z95, wilson


def test_published_values() -> None:
    # Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29
    for hits, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson(hits, n)
        assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_half_of_four_is_exact() -> None:
    # z = 2: middle (1/2 + 1/2) / 2 = 1/2, half-width 2/2 * sqrt(1/16 + 1/16) = sqrt(2)/4
    low, high = wilson(2, 4, z=2.0)
    assert low == pytest.approx(0.5 - sqrt(2) / 4, abs=1e-15)
    assert high == pytest.approx(0.5 + sqrt(2) / 4, abs=1e-15)


def test_the_ends() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0
    for hits, n in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="is no share"):
            wilson(hits, n)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_where_the_score_test_says(pair: tuple[int, int]) -> None:
    hits, n = pair
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    for end in (low, high):  # (p - end)^2 = z^2 end (1 - end) / n, but at the ends of the line
        if 0 < end < 1:
            assert n * (hits / n - end) ** 2 == pytest.approx(Z95**2 * end * (1 - end), rel=1e-6, abs=1e-9)
    mirror = wilson(n - hits, n)
    assert mirror == pytest.approx((1 - high, 1 - low), abs=1e-12)
    assert float(Fraction(hits, n)) == hits / n
