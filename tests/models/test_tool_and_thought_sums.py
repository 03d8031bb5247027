"""The tasks of `embedded:proxy-tools` and `embedded:proxy-thoughts`: what their warm starts are shown."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from reasoners.models.addition import problems
from reasoners.models.proxy import Recipe
from reasoners.models.thought_sums import MOST_CHECKS, thought, working
from reasoners.models.tool_sums import turns
from rewards.progress import segment

NUMBERS = st.integers(10, 99)


def test_a_batch_shows_calls_answers_to_results_and_worked_sums() -> None:
    recipe = Recipe()
    found = [pair for step in (0, 400) for pair in turns(recipe, step, random.Random(step))]
    assert len(found) == 2 * recipe.batch
    train = set(problems("train"))
    kinds = set()
    for prompt, completion in found:
        a, b = map(int, re.match(r"(\d+)\+(\d+)=", prompt).groups())  # type: ignore[union-attr]
        assert (a, b) in train
        asked = prompt.count("?")
        assert asked <= 2
        assert prompt == f"{a}+{b}=" + f"?{a}+{b}<eos>{a + b}=" * asked
        if completion.startswith("?"):
            assert (completion, asked < 2) == (f"?{a}+{b}", True)
            kinds.add(f"call {asked}")
        else:
            assert completion.endswith(f":{a + b}")
            assert (completion == f":{a + b}") == bool(asked)
            kinds.add(f"answer {asked}")
    assert kinds == {"call 0", "call 1", "answer 0", "answer 1", "answer 2"}


@given(NUMBERS, NUMBERS, st.integers(0, 10**6))
def test_a_thought_answers_what_it_worked_out_last(a: int, b: int, seed: int) -> None:
    text = thought(a, b, random.Random(seed))
    body, _, answer = text.partition(":")
    last_units, last_tens = (int(p.rpartition("=")[2]) for p in body.rstrip("\n").split("\n\n")[-2:])
    assert int(answer) == last_tens * 10 + last_units % 10
    assert abs(int(answer) - (a + b)) in (0, 10)
    episodes = segment(body, markers=["wait"], min_paragraphs=1)
    assert len(episodes) == body.count("wait") + 1 <= MOST_CHECKS + 1


@given(NUMBERS, NUMBERS)
def test_without_slips_a_working_is_right(a: int, b: int) -> None:
    assert working(a, b, random.Random(0), 0.0)[1] == a + b
    assert thought(a, b, random.Random(0), plain=True).endswith(f":{a + b}")
