"""The addition task: both formats are right, and nobody can train on a held-out problem."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoners.models import addition, addition_rows
from rewards import ToolkitError

numbers = st.integers(10, 99)


def test_formats_are_written_as_documented() -> None:
    assert addition.question(47, 85) == "47+85="
    assert addition.chain(47, 85) == "7+5=12,4+8+1=13:132"
    assert addition.chain(12, 31) == "2+1=3,1+3+0=4:43"
    assert addition.direct(47, 85) == ":132"


@given(numbers, numbers)
def test_every_completion_ends_in_the_sum_and_is_told_apart(a: int, b: int) -> None:
    for name, write in (("chain", addition.chain), ("direct", addition.direct)):
        text = write(a, b)
        assert int(text.rpartition(addition.ANSWER_MARK)[2]) == a + b
        assert [f for f, pattern in addition.FORMATS.items() if re.search(pattern, text)] == [name]


@given(numbers, numbers)
def test_a_problem_and_its_mirror_image_are_on_one_side(a: int, b: int) -> None:
    assert addition.is_held_out(a, b) == addition.is_held_out(b, a)


def test_the_splits_share_nothing_and_are_all_problems() -> None:
    train, test = set(addition.problems("train")), set(addition.problems("test"))
    assert not train & test
    assert len(train | test) == 90 * 90
    assert len(test) == 330


def test_rows_are_distinct_repeatable_and_drawn_by_seed() -> None:
    rows = addition_rows("test", 200, seed=1)
    assert rows == addition_rows("test", 200, seed=1) != addition_rows("test", 200, seed=2)
    assert len({r["id"] for r in rows}) == 200
    for row in rows:
        a, b = map(int, row["id"].split("+"))
        assert row == {"id": f"{a}+{b}", "question": f"{a}+{b}=", "answer": str(a + b)}
        assert addition.is_held_out(a, b)
    assert len(addition_rows("train")) == 8100 - 330


@pytest.mark.parametrize(
    ("split", "size", "said"),
    [("eval", None, "Known: train, test"), ("test", 331, "330 test"), ("test", 0, "asked for 0")],
)
def test_what_there_is_not_is_refused(split: str, size: int | None, said: str) -> None:
    with pytest.raises(ToolkitError, match=said):
        addition_rows(split, size)
