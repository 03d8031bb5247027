"""The place of an extracted phrase, found without a second copy of the rules."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rewards.explain import span_of
from rewards.locate import MAX_PLACES, locate
from rewards.number.extract import find_phrase
from rewards.places import last_box


def first_number(text: str) -> str | None:
    found = re.search(r"\d+", text)
    return found[0] if found else None


def test_the_place_that_decides_is_found_among_equal_phrases() -> None:
    text = r"4 <think>\boxed{4}</think> 4 \boxed{4} 4 4"
    at = text.rindex("{") + 1
    assert span_of(lambda t: find_phrase(t, "auto"), text) == (at, at + 1)


def test_collapsed_blanks_and_trimmed_ends() -> None:
    assert span_of(lambda t: find_phrase(t, "auto"), "The answer is   42. ") == (16, 18)
    text = "So we add.\nThe answer\nis   42.\n"
    assert locate(lambda t: " ".join(t.split()[-2:]), text) == (text.index("is"), text.index("42.") + 3)


def test_a_phrase_said_twice_is_placed_at_the_last() -> None:
    text = "The answer is 42. The answer is 42."
    assert span_of(lambda t: find_phrase(t, "auto"), text) == (32, 34)


def test_nothing_extracted_or_made_up_has_no_place() -> None:
    assert span_of(last_box, "no box") is None
    assert span_of(last_box, r"\boxed{ }") is None
    assert locate(lambda _: "made up", "text") is None


def test_many_equal_places_stay_cheap() -> None:
    calls = 0

    def read(text: str) -> str:
        nonlocal calls
        calls += 1
        return text[:1]

    assert locate(read, "4 " * 10_000) is None
    assert calls == MAX_PLACES + 1


@given(st.lists(st.sampled_from([r"\boxed{4}", "4", " ", r"\boxed{17}", "x", "17", "\n"]), max_size=30))
def test_the_place_of_a_box_is_right(pieces: list[str]) -> None:
    text = "".join(pieces)
    last = max((text.rfind(r"\boxed{4}"), r"\boxed{4}"), (text.rfind(r"\boxed{17}"), r"\boxed{17}"))
    expected = None if last[0] < 0 else (last[0] + 7, last[0] + len(last[1]) - 1)
    assert span_of(last_box, text) == expected


@given(st.lists(st.sampled_from(["12", "7", " ", "a", "."]), max_size=20))
def test_the_first_number_is_placed_by_its_effect(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = re.search(r"\d+", text)
    assert locate(first_number, text) == (None if found is None else found.span())
