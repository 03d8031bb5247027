"""The sampler: every prompt once an epoch, whatever the sizes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.sampler import EveryPromptSampler

sizes = st.tuples(
    st.integers(1, 30),
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 3),
    st.booleans(),
    st.integers(0, 5),
)


@given(sizes, st.integers(0, 4))
def test_each_epoch_visits_every_prompt_in_whole_groups(
    numbers: tuple[int, int, int, int, bool, int], epoch: int
) -> None:
    size, group, chunk, repeats, shuffle, seed = numbers
    sampler = EveryPromptSampler(size, group, chunk, repeats, shuffle, seed)
    sampler.set_epoch(epoch)
    order = list(sampler)
    assert len(order) == len(sampler)
    block = chunk * group
    for start in range(0, len(order), block * repeats):
        rounds = [order[start + r * block : start + (r + 1) * block] for r in range(repeats)]
        assert all(r == rounds[0] for r in rounds)
        assert all(len(set(rounds[0][g : g + group])) == 1 for g in range(0, block, group))
    visits = Counter(order)
    assert set(visits) == set(range(size))
    assert sum(visits.values()) - size * group * repeats < block * repeats


def test_the_order_depends_on_seed_and_epoch_only() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        sampler = EveryPromptSampler(20, 1, 4, 1, True, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 0)
    assert order(0, 1) != order(1, 1)
