"""Units: what a written one is called, and what converts to what, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.math.units import convert, read_unit, same_dimension, unit_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("cm^2", "cm^2"),
        (r"\text{ cm}^2", "cm^2"),
        (r"\mathrm{~cm}^{2}", "cm^2"),
        ("square centimeters", "cm^2"),
        ("sq. cm", "cm^2"),
        ("cm²", "cm^2"),
        ("feet", "ft"),
        ("Feet", "ft"),
        ("ft.", "ft"),
        ("cubic feet", "ft^3"),
        ("miles per hour", "mi/h"),
        ("mph", "mi/h"),
        ("km/h", "km/h"),
        ("metres per second squared", "m/s^2"),
        (r"\mathrm{m} / \mathrm{s}^{2}", "m/s^2"),
        ("dollars per hour", "dollar/h"),
        (r"^\circ", "degree"),
        (r"^{\circ}", "degree"),
        ("°", "degree"),
        ("degrees", "degree"),
        (r"\%", "percent"),
        ("%", "percent"),
        ("pct", "percent"),
        (r"\$", "dollar"),
        ("€", "euro"),
        ("£", "sterling"),
        ("pounds", "lb"),
        ("lbs", "lb"),
        ("hrs", "h"),
        ("degrees Celsius", "celsius"),
        ("square units", "unit^2"),
        ("kilowatt-hours", "kW*h"),
        ("厘米", "cm"),
        ("平方米", "m^2"),
    ],
)
def test_names(written: str, name: str) -> None:
    assert unit_name(written) == name
    assert unit_name(name) == name, "a canonical name names itself"


@pytest.mark.parametrize(
    "text", ["", "apples", "x", "per", "2", "square", "/h", "m^99", "M", "In", "m" * 100]
)
def test_what_is_no_unit(text: str) -> None:
    assert unit_name(text) is None


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (125, "cm", "m", Fraction(5, 4)),
        (1, "ft", "in", 12),
        (1, "mi", "ft", 5280),
        (1, "yd^2", "ft^2", 9),
        (1, "ft^3", "in^3", 1728),
        (1, "gal", "qt", 4),
        (1, "gal", "in^3", 231),
        (1, "lb", "oz", 16),
        (1, "h", "s", 3600),
        (60, "km/h", "m/min", 1000),
        (36, "km/h", "m/s", 10),
        (1, "L", "cm^3", 1000),
        (1, "dollar", "cent", 100),
        (1, "degree", "arcmin", 60),
        (1, "J", "kg*m^2/s^2", 1),
        (1, "year", "month", 12),
    ],
)
def test_conversions_are_exact(value: int, source: str, target: str, expected: Fraction) -> None:
    one, other = read_unit(source), read_unit(target)
    assert one is not None
    assert other is not None
    assert convert(Fraction(value), one, other) == expected
    assert convert(Fraction(expected), other, one) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cm", "cm^2"),
        ("kg", "lb/s"),
        ("dollar", "euro"),
        ("celsius", "fahrenheit"),
        ("degree", "rad"),
        ("m", "s"),
    ],
)
def test_what_measures_something_else_does_not_convert(one: str, other: str) -> None:
    a, b = read_unit(one), read_unit(other)
    assert a is not None
    assert b is not None
    assert not same_dimension(a, b)
    assert convert(Fraction(1), a, b) is None


@given(st.text(alphabet="ckmgsLft 2^/*-{}\\%$°per squaredhou.()", max_size=120))
def test_any_text_is_a_unit_or_none(text: str) -> None:
    unit = read_unit(text)
    assert unit is None or unit.factor > 0
