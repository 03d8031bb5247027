"""Overlap with a training set: exact shares on small texts, and what normalisation sees through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalError
from eval.suites.overlap import Overlap, overlaps, words


def test_shares_are_exact() -> None:
    problems = {"a": "one two three four five", "b": "six seven eight nine", "c": "ten"}
    training = ["two three four", "nothing here", "zero One, TWO: three!", "six seven eight nine ten"]
    assert overlaps(problems, training, 3) == [
        Overlap("a", 2 / 3, False, 0, 1 / 3),
        Overlap("b", 1.0, True, 3, 1.0),
        Overlap("c", 1.0, True, 3, 1.0),
    ]
    assert overlaps(problems, [], 3)[0] == Overlap("a", 0.0, False, None, 0.0)


def test_parts_from_several_rows_add_up_but_are_not_exact() -> None:
    (found,) = overlaps({"a": "p q r s"}, ["p q r", "q r s"], 3)
    assert (found.share, found.exact, found.row, found.row_share) == (1.0, False, 0, 0.5)


@pytest.mark.parametrize("text", ["\uff11\uff12 Caf\u00e9s", "12 cafe\u0301s", "  12,\n(CAF\u00c9S)  "])
def test_case_punctuation_and_forms_of_letters_do_not_hide_a_copy(text: str) -> None:
    assert words(text) == ["12", "caf\u00e9s"]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(EvalError, match="n of at least 1"):
        overlaps({"a": "b"}, [], 0)
    with pytest.raises(EvalError, match="needs problems"):
        overlaps({}, [], 3)


@given(st.dictionaries(st.text(min_size=1), st.text()), st.lists(st.text()), st.integers(1, 5))
def test_any_texts_give_shares_within_bounds(problems: dict[str, str], training: list[str], n: int) -> None:
    if not problems:
        return
    for found in overlaps(problems, training, n):
        assert 0 <= found.row_share <= found.share <= 1
        assert found.exact == (found.row_share == 1)


@given(st.lists(st.text("abc ", min_size=1), min_size=1, max_size=4), st.integers(1, 4))
def test_a_training_row_that_holds_a_problem_is_found(texts: list[str], n: int) -> None:
    problems = {str(i): t for i, t in enumerate(texts)}
    for found in overlaps(problems, [f"x {' y '.join(texts)} z"], n):
        assert found.exact == bool(words(problems[found.problem]))
