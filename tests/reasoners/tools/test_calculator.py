"""The calculator: exact, total, and no way to Python."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoners.tools import ToolError
from reasoners.tools.calculator import calculate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("47+85", "132"),
        ("2**10", "1024"),
        ("1.1+2.2", "3.3"),
        ("1/3", "0.333333333333333"),
        ("-7//2", "-4"),
        ("-3%5", "2"),
        ("sqrt(16)", "4"),
        ("round(2.7)", "3"),
        ("abs(-3)", "3"),
        ("10**-3", "0.001"),
        ("0.1**400", "1e-400"),
        ("2/3*10**20", "66666666666666700000"),
        (" ( 1 ) ", "1"),
        ("-" * 100 + "1", "1"),
    ],
)
def test_values(expression: str, value: str) -> None:
    assert calculate(expression) == value


WRONG = (
    "",
    "47+",
    "5!",
    "a",
    "True",
    "1j",
    "'1'*5",
    "__import__('os')",
    "(1).real",
    "[1][0]",
    "1 if 1 else 2",
    "lambda: 1",
    "1/0",
    "0**-1",
    "9**9**9",
    "2**5000",
    "1e400",
    "log(0)",
    "(-8)**0.5",
    "sqrt(10**400)",
    "exp(1000)",
    "sqrt(1, 2)",
    "1" * 501,
    "(" * 240 + "1" + ")" * 240,
    "x:=1",
    "1\n2",
    "\x00",
)


@pytest.mark.parametrize("expression", WRONG)
def test_what_is_no_arithmetic_is_an_error(expression: str) -> None:
    with pytest.raises(ToolError, match=r"."):
        calculate(expression)


@given(st.text("0123456789+-*/().% eE", max_size=40))
def test_any_text_is_a_value_or_an_error(expression: str) -> None:
    try:
        found = calculate(expression)
    except ToolError as error:
        found = str(error)
    assert 0 < len(found) < 1500


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_whole_numbers_are_exact(a: int, b: int) -> None:
    assert calculate(f"({a})+({b})") == str(a + b)
    assert calculate(f"({a})*({b})") == str(a * b)
    assert b == 0 or Fraction(a, b).denominator != 1 or calculate(f"({a})/({b})") == str(a // b)
