"""pass@k against exact rational numbers."""

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eval import fail_at_k, pass_at_k

CASES = Path(__file__).resolve().parents[2] / "../shared/data/formula_cases.json"


def exact_fail(n: int, c: int, k: int) -> Fraction:
    return Fraction(comb(n - c, k), comb(n, k))


def assert_exact(n: int, c: int, k: int) -> None:
    fail = exact_fail(n, c, k)
    got_pass, got_fail = float(pass_at_k(n, c, k)), float(fail_at_k(n, c, k))
    assert abs(got_pass - float(1 - fail)) <= 1e-14
    for got, true in ((got_pass, float(1 - fail)), (got_fail, float(fail))):
        if true >= 1e-300:
            assert abs(got - true) <= 1e-12 * true
        else:
            assert 0.0 <= got <= 1e-299


@st.composite
def triples(draw: st.DrawFn, largest: int = 3000) -> tuple[int, int, int]:
    n = draw(st.integers(1, largest))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(triples())
@example((1, 0, 1))
@example((1, 1, 1))
@example((3000, 1, 3000))
@settings(deadline=None, max_examples=300)
def test_equals_the_exact_fraction(case: tuple[int, int, int]) -> None:
    assert_exact(*case)


@pytest.mark.parametrize("n", [100_000, 65_536, 99_991])
def test_stays_exact_at_a_hundred_thousand_samples(n: int) -> None:
    for c, k in [
        (1, 1),
        (n - 1, 1),
        (1, n - 1),
        (7, n // 2),
        (n // 2, 3),
        (316, 316),
        (2000, 2000),
        (5000, 12_000),
    ]:
        assert_exact(n, c, k)


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (5, 2, 3, 0.9),
        (10, 3, 5, 11 / 12),
        (10, 3, 8, 1.0),
        (128, 3, 64, 0.877953),
        (256, 5, 128, 0.969968),
        (1024, 7, 256, 0.867430),
        (2048, 2, 1024, 0.750122),
    ],
)
def test_published_values(n: int, c: int, k: int, expected: float) -> None:
    assert float(pass_at_k(n, c, k)) == pytest.approx(expected, abs=5e-7)


def test_is_the_mean_over_all_subsets() -> None:
    from itertools import combinations

    outcomes = [1, 0, 0, 1, 0, 0, 0]
    for k in range(1, 8):
        draws = [any(x) for x in combinations(outcomes, k)]
        assert float(pass_at_k(7, 2, k)) == pytest.approx(sum(draws) / len(draws), abs=1e-15)


@given(triples(5000))
@settings(deadline=None)
def test_pass_at_1_is_the_accuracy_to_the_last_bit(case: tuple[int, int, int]) -> None:
    n, c, k = case
    assert float(pass_at_k(n, c, 1)) == c / n
    assert float(pass_at_k(n, 1, k)) == k / n


def test_fail_at_k_keeps_digits_where_pass_at_k_is_one() -> None:
    assert float(pass_at_k(128, 64, 64)) == 1.0
    assert float(fail_at_k(128, 64, 64)) == pytest.approx(float(exact_fail(128, 64, 64)), rel=1e-12)


def test_shapes_follow_broadcasting_and_the_order_of_k() -> None:
    n, c = np.array([8, 16, 32]), np.array([[0], [4]])
    table = pass_at_k(n, c, [4, 1, 4])
    assert table.shape == (2, 3, 3)
    assert table.dtype == np.float64
    assert table[1, 2].tolist() == [float(pass_at_k(32, 4, k)) for k in (4, 1, 4)]
    assert pass_at_k(n, c, 2).shape == (2, 3)
    assert pass_at_k(8, 2, 2).shape == ()
    assert pass_at_k(8, 2, [2]).shape == (1,)


def test_many_problems_at_once_agree_with_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(40, 3000, 200)
    c = (n * rng.random(200) ** 3).astype(int)
    ks = [1, 2, 3, 7, 16, 40]
    for function in (pass_at_k, fail_at_k):
        alone = [[float(function(int(a), int(b), k)) for k in ks] for a, b in zip(n, c, strict=True)]
        np.testing.assert_allclose(function(n, c, ks), alone, rtol=1e-13, atol=0)


@given(triples(400))
@settings(deadline=None)
def test_never_falls_with_k_or_c(case: tuple[int, int, int]) -> None:
    n, c, k = case
    value = float(pass_at_k(n, c, k))
    assert 0.0 <= value <= 1.0
    if k < n:
        assert float(pass_at_k(n, c, k + 1)) >= value
    if c < n:
        assert float(pass_at_k(n, c + 1, k)) >= value


def test_whole_floats_are_taken() -> None:
    assert float(pass_at_k(np.array([10.0]), 3.0, 1)[0]) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("n", "c", "k", "says"),
    [
        (8, 2, 9, "only n=8 samples"),
        ([16, 8], [2, 2], [1, 9], "k=9"),
        (1, 0, 2, "not defined"),
        (0, 0, 1, "only n=0"),
        (8, 2, 0, "at least 1"),
        (8, 2, -1, "at least 1"),
        (8, -1, 1, "c=-1"),
        ([8, 8], [1, 9], 1, "problem 1 has c=9 of n=8"),
        (-8, 2, 1, "n must be"),
        (8, 2.5, 1, "got 2.5"),
        (8.5, 2, 1, "whole numbers"),
        (8, 2, 1.5, "k must hold whole"),
        (float("nan"), 2, 1, "got nan"),
        (8, float("inf"), 1, "got inf"),
        (True, 1, 1, "bool"),
        (8, [True, False], 1, "True or False"),
        (8, np.array([True]), 1, "bool"),
        ("8", 2, 1, "whole numbers"),
        (8, None, 1, "whole numbers"),
        ([], [], 1, "n is empty"),
        (8, 2, [], "k is empty"),
        ([8, 8, 8], [1, 2], 1, "do not match"),
        ([[8], [8, 8]], 1, 1, "not an array"),
        (8, 2, [[1, 2]], "2 dimensions"),
        (2**40, 2, 1, "n must be within"),
        (10**30, 2, 1, "whole numbers"),
    ],
)
def test_refuses_what_is_not_defined(n: object, c: object, k: object, says: str) -> None:
    for function in (pass_at_k, fail_at_k):
        with pytest.raises(ValueError, match=says):
            function(n, c, k)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def families() -> dict[str, dict[str, list[dict[str, object]]]]:
    if not CASES.exists():
        pytest.skip(f"no worked cases at {CASES}")
    found: dict[str, dict[str, list[dict[str, object]]]] = json.loads(CASES.read_text())["families"]
    return found


def test_worked_cases(families: dict[str, dict[str, list[dict[str, object]]]]) -> None:
    for case in families["pass_at_k"]["cases"]:
        args: dict[str, int] = case["input"]  # type: ignore[assignment]
        if case["expect"] is None:
            with pytest.raises(ValueError, match="not defined"):
                pass_at_k(**args)
        else:
            assert float(pass_at_k(**args)) == pytest.approx(case["expect"], abs=1e-12), case["id"]


def test_worked_means_over_problems(families: dict[str, dict[str, list[dict[str, object]]]]) -> None:
    for case in families["pass_at_k_dataset"]["cases"]:
        args: dict[str, list[list[int]]] = case["input"]  # type: ignore[assignment]
        n, c = np.array(args["n_c"]).T
        assert float(pass_at_k(n, c, args["k"]).mean()) == pytest.approx(case["expect"], abs=1e-12), case[
            "id"
        ]
