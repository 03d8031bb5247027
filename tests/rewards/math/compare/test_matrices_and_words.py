"""Matrices entry by entry; words and letters of options."""

from __future__ import annotations

import pytest

from .asked import accepts, pairs


def matrix(text: str) -> str:
    """`1 2; 3 4` as LaTeX."""
    rows = [" & ".join(row.split()) for row in text.split(";")]
    return r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (matrix("1 2; 3 4"), matrix("1 2; 3 4"), True),
        (matrix("1/2 1; 0 2"), matrix("0.5 1; 0 2"), True),
        (matrix("1; 2"), matrix("1 2"), True),
        (matrix("1; 2"), "(1,2)", True),
        (matrix("1 2; 3 4"), "[[1,2],[3,4]]", True),
        (r"\frac12" + matrix("2 4; 6 8"), matrix("1 2; 3 4"), True),
        (matrix("1 0; 0 1") + matrix("1 2; 3 4"), matrix("1 2; 3 4"), True),
        (matrix("1 2; 3 4"), matrix("1 2; 3 5"), False),
        (matrix("1 2; 3 4"), matrix("1 3; 2 4"), False),
        (matrix("1 2; 3 4"), matrix("1 2 3 4"), False),
        (matrix("1 2; 3 4"), "(1,2,3,4)", False),
        (matrix("1; 2"), "(2,1)", False),
        (matrix("1; 2"), r"\{1,2\}", False),
        (matrix("1; -2"), matrix("1; 2"), False),
        (matrix("1 1; 0 1") + matrix("1 2; 3 4"), matrix("1 2; 3 4"), False),
        (matrix("1"), "2", False),
    ],
)
def test_matrices(one: str, other: str, equal: bool) -> None:
    assert accepts(one, other) is equal
    assert accepts(other, one) is equal


SAME = pairs(r"""
\text{E} ~ E
\text{(C)} ~ C
\text{Even} ~ Even
\text{yes} ~ \text{Yes}
\text{true} ~ \text{Yes}
\text{the circle} ~ \text{Circle}
\text{15th Day} ~ 15
\text{no solution} ~ \emptyset
12 ~ 12^{\text{th}}
""")
DIFFERENT = pairs(r"""
\text{C} ~ \text{D}
\text{yes} ~ \text{no}
\text{circle} ~ \text{square}
\text{15th day} ~ 14
\text{odd} ~ 3
15 ~ \text{not } 15
15 ~ \text{15 or more}
12 ~ 11^{\text{th}}
\text{no solution} ~ 0
5 ~ 5 or 6
""")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_words(one: str, other: str) -> None:
    assert accepts(one, other)
    assert accepts(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words(one: str, other: str) -> None:
    assert not accepts(one, other)
    assert not accepts(other, one)
