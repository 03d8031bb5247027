"""Units, percent, angles, clock times, ratios and bases."""

from __future__ import annotations

import pytest

from .asked import accepts, pairs

SAME = pairs(r"""
10 \text{ cm} ~ 10
125 \text{ cm} ~ 1.25 \text{ m}
2 \text{ hours} ~ 120 \text{ minutes}
1 \text{ foot} ~ 12 \text{ inches}
\$5.50 ~ 550 \text{ cents}
6 \text{ square units} ~ 6
41/12 ~ \dfrac{41}{12} \text{ km}
28\% ~ 28
28\% ~ 28 percent
90^\circ ~ 90
90^\circ ~ \frac{\pi}{2}
60^\circ ~ \frac{\pi}{3}
40 \text{ apples} ~ 40 \text{ red apples}
\frac{\pi}{2} \text{ radians} ~ 90^\circ
1011_2 ~ 1011
1011_2 ~ 13_8
1:30 pm ~ 13:30
12:15 am ~ 0:15
1:30 pm ~ 1:30
5:8 ~ 10:16
1:2:3 ~ 2:4:6
1:(4/3) ~ 3/4
""")
DIFFERENT = pairs(r"""
10 \text{ cm} ~ 11
125 \text{ cm} ~ 125 \text{ m}
5 \text{ cm} ~ 5 \text{ cm}^2
5 \text{ kg} ~ 5 \text{ m}
40 \text{ apples} ~ 40 \text{ pears}
40 \text{ apples} ~ 40 \text{ cm}
2 \text{ hours} ~ 121 \text{ minutes}
\$5 ~ €5
28\% ~ 29\%
10\% ~ 0.1
90^\circ ~ 91^\circ
90^\circ ~ \frac{\pi}{3}
90 ~ \frac{\pi}{2}
1011_2 ~ 11
1011_2 ~ 1010_2
1011_2 ~ 1011_3
1:30 pm ~ 1:30 am
1:30 pm ~ 1:31 pm
1:30 pm ~ 1:30 am
5:8 ~ 8:5
5:8 ~ 5:6
1:2:3 ~ 2:4:7
1:2:3 ~ 1:2
3:1 ~ 2
3:1 ~ 3
12:00 ~ 1:00
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_quantity(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_quantity(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)


def test_the_policies_of_units() -> None:
    assert not accepts(r"10\text{ cm}", "10", units="strict")
    assert accepts(r"10\text{ cm}", r"10\text{ centimeters}", units="strict")
    assert not accepts("1011_2", "1011", units="strict")
    assert accepts(r"10\text{ cm}", r"10\text{ m}", units="ignore")
    assert not accepts(r"10\text{ cm}", r"11\text{ m}", units="ignore")


@pytest.mark.parametrize(
    ("predicted", "drop", "hundredth", "strict"),
    [
        ("10", True, False, False),
        ("0.1", False, True, False),
        ("10\\%", True, True, True),
        ("1000\\%", False, False, False),
    ],
)
def test_the_policies_of_percent(predicted: str, drop: bool, hundredth: bool, strict: bool) -> None:
    assert accepts(r"10\%", predicted, percent="drop") is drop
    assert accepts(r"10\%", predicted, percent="hundredth") is hundredth
    assert accepts(r"10\%", predicted, percent="strict") is strict


def test_a_rounded_reference_keeps_its_digits_in_its_own_unit() -> None:
    assert accepts(r"0.33 \text{ m}", r"\frac{100}{3} \text{ cm}")
    assert not accepts(r"0.34 \text{ m}", r"\frac{100}{3} \text{ cm}")
