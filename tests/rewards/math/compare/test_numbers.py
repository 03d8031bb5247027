"""Numbers are exact; rounding counts in the two cases that the page states, and each has its near miss."""

from __future__ import annotations

import pytest

from .asked import Pair, accepts, pairs, verdict

SAME = pairs(r"""
1/2 ~ 0.5
1000 ~ 1000.0
1\frac12 ~ 3/2
0.\overline{3} ~ 1/3
1.5 \times 10^3 ~ 1500
2^{10} ~ 1024
\sqrt{16} ~ 4
8/46 ~ 4/23
""")
DIFFERENT = pairs(r"""
10000 ~ 9999
1000000 ~ 1000001
2.5 ~ 2.46
0.458 ~ 0.4576
0.458 ~ 0.459
3 ~ 3.0001
1/2 ~ -1/2
2^{99} ~ 2^{98}
\sqrt{17} ~ \sqrt{18}
""")
# The reference on the left takes the prediction on the right, by rounding.
ROUNDED = pairs(r"""
0.458 ~ \frac{27}{59}
0.33 ~ 1/3
3.14 ~ \pi
1.414 ~ \sqrt{2}
4.123105625617661 ~ \sqrt{17}
85.7 ~ 600/7
-0.33 ~ -1/3
0.13 ~ 1/8
0.12 ~ 1/8
600/7 ~ 85.71
1/3 ~ 0.3333
\sqrt{3}/2 ~ 0.8660254037844386
10/3 ~ 3.3333333333333335
1/12 ~ 0.0833333333333333
\pi ~ 3.1416
-\pi ~ -3.1416
""")
NOT_ROUNDED = pairs(r"""
0.458 ~ \frac{28}{59}
0.3 ~ 1/3
1.4 ~ \sqrt{2}
3.15 ~ \pi
0.14 ~ 1/8
10000 ~ 10000.4
600/7 ~ 85.72
600/7 ~ 85.7
600/7 ~ 86
1/3 ~ 0.33
1/3 ~ 0.333
1/3 ~ 0.3334
1/8 ~ 0.13
7 ~ 7.0001
\pi ~ 3.14
\pi ~ 3.1415
\pi ~ 22/7
\sqrt{3}/2 ~ 0.8660254037844396
10/3 ~ 3.3333333333333435
-\pi ~ 3.1416
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_values(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)


@pytest.mark.parametrize(("reference", "predicted"), ROUNDED)
def test_rounding(reference: str, predicted: str) -> None:
    assert accepts(reference, predicted)
    assert not accepts(reference, predicted, rounding=False)


@pytest.mark.parametrize(("reference", "predicted"), NOT_ROUNDED)
def test_what_is_no_rounding(reference: str, predicted: str) -> None:
    assert not accepts(reference, predicted)


def test_tolerance_is_relative_to_the_reference_and_off_by_default() -> None:
    assert not accepts("100", "101")
    assert accepts("100", "101", tolerance=0.01)
    assert not accepts("100", "101.01", tolerance=0.01)
    assert accepts(r"\pi", "3.14", tolerance=0.001)
    assert not accepts(r"\pi", "3.13", tolerance=0.001)


def test_the_rule_is_named() -> None:
    cases: list[tuple[Pair, str]] = [
        (("0.5", "0.5"), "number"),
        (("1/2", "0.5"), "number"),
        (("0.458", r"\frac{27}{59}"), "rounding"),
        (("x+1", "x+1"), "same form"),
    ]
    assert [verdict(*pair).rule for pair, _ in cases] == [rule for _, rule in cases]
