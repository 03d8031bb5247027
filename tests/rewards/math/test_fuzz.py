"""A slice of `make fuzz`: random and mutated texts get a verdict, whatever they are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.math.verdict import Outcome

from .kit import ask
from .mutants import mutant

SLICE = 250


def test_the_inputs_of_a_seed_are_the_same_everywhere() -> None:
    assert mutant(1, 5) == mutant(1, 5)
    assert len({mutant(1, index) for index in range(1_000)}) > 950


@pytest.mark.parametrize("part", range(8))
def test_every_text_gets_a_verdict_soon(part: int) -> None:
    for index in range(part * SLICE, (part + 1) * SLICE):
        gold, completion = mutant(20_261_122, index)
        began = time.monotonic()
        assert ask(completion, gold).outcome in Outcome, (gold, completion)
        assert time.monotonic() - began < 5, (gold, completion)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_characters_at_all(gold: str, completion: str) -> None:
    assert ask(completion, gold).outcome in Outcome
    assert ask(f"\\boxed{{{completion}}}", gold).outcome in Outcome


@given(st.text(max_size=30))
def test_an_unusable_reference_is_one_whatever_the_completion(gold: str) -> None:
    outcomes = [ask(completion, gold).outcome for completion in (gold, f"\\boxed{{{gold}}}", "5", "")]
    bad = [outcome is Outcome.BAD_REFERENCE for outcome in outcomes]
    assert all(bad) or not any(bad)
