"""Dynamic sampling: the pool's draws, which groups are dead, and rows that change places whole."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms.dynamic import (  # noqa: E402
    PromptPool,
    live_groups,
    match_places,
    put_groups,
    tiny_spreads,
)

NAN = math.nan


def test_draws_are_distinct_repeatable_and_leave_out_what_was_used() -> None:
    for kind in ("uniform", "difficulty"):
        pool = PromptPool(10, seed=1, pool=kind)  # type: ignore[arg-type]
        first = pool.draw(4, {0, 1, 2}, step=5, turn=1)
        assert len(set(first)) == 4
        assert not set(first) & {0, 1, 2}
        assert first == pool.draw(4, {0, 1, 2}, step=5, turn=1)
        assert {tuple(pool.draw(4, (), step=s, turn=1)) for s in range(8)} != {tuple(first)}
        assert len(pool.draw(99, {0}, step=0, turn=1)) == 9


def test_difficulty_prefers_prompts_that_are_sometimes_right() -> None:
    pool = PromptPool(20, seed=0, pool="difficulty")
    pool.update({n: (0.5 if n < 5 else 1.0) for n in range(20)})
    often = [n for step in range(200) for n in pool.draw(5, (), step, 1)]
    share = sum(n < 5 for n in often) / len(often)
    assert share > 0.8  # 5 of 20 prompts; uniform draws would give 0.25
    pool.update({0: 1.0})
    assert pool.rates[0] == 0.75
    again = PromptPool(20, seed=0, pool="difficulty")
    again.restore(pool.state())
    assert again.draw(5, (), 3, 1) == pool.draw(5, (), 3, 1)


def test_a_group_is_live_where_two_known_samples_differ() -> None:
    totals = torch.tensor([1.0, 1.0, 0.0, 1.0, NAN, 1.0, NAN, NAN, 0.0, 0.0])
    assert live_groups(totals, 2).tolist() == [False, True, False, False, False]
    assert live_groups(torch.tensor([1.0, NAN, 0.0]), 3).tolist() == [True]


def test_a_tiny_spread_is_one_of_a_live_group() -> None:
    totals = torch.tensor([0.5, 0.51, 0.5, 0.5, 0.0, 1.0, NAN, 0.3, 0.300, 0.305])
    assert tiny_spreads(totals, 2, below=0.02) == pytest.approx(2 / 5)
    assert tiny_spreads(totals, 2, below=0.001) == 0.0


def test_places_never_cross_a_rank() -> None:
    alive = torch.tensor([False, True, False, False])
    found = torch.tensor([True, True, False, True])
    assert match_places(alive, found, per_rank=2) == [(0, 0), (2, 3)]
    assert match_places(alive, found, per_rank=4) == [(0, 0), (2, 1), (3, 3)]


def test_groups_move_whole_and_are_padded_on_their_own_side() -> None:
    batch = {
        "prompt_ids": torch.tensor([[5, 6], [5, 6], [7, 8], [7, 8]]),
        "prompt_mask": torch.ones(4, 2, dtype=torch.long),
        "completion_ids": torch.arange(4).reshape(4, 1) + 10,
        "completion_mask": torch.ones(4, 1, dtype=torch.long),
        "advantages": torch.zeros(4),
        "num_items_in_batch": torch.tensor(4),
    }
    extra = {
        "prompt_ids": torch.tensor([[1, 2, 3], [1, 2, 3], [4, 4, 4], [4, 4, 4]]),
        "prompt_mask": torch.ones(4, 3, dtype=torch.long),
        "completion_ids": torch.tensor([[20, 21], [22, 23], [24, 25], [26, 27]]),
        "completion_mask": torch.tensor([[1, 1], [1, 1], [1, 1], [1, 0]]),
        "advantages": torch.tensor([0.5, -0.5, 1.0, -1.0]),
        "num_items_in_batch": torch.tensor(7),
    }
    put_groups(batch, extra, [(0, 1)], group=2, pad=9)
    assert batch["prompt_ids"].tolist() == [[4, 4, 4], [4, 4, 4], [9, 7, 8], [9, 7, 8]]
    assert batch["prompt_mask"].tolist() == [[1, 1, 1], [1, 1, 1], [0, 1, 1], [0, 1, 1]]
    assert batch["completion_ids"].tolist() == [[24, 25], [26, 27], [12, 9], [13, 9]]
    assert batch["completion_mask"].tolist() == [[1, 1], [1, 0], [1, 0], [1, 0]]
    assert batch["advantages"].tolist() == [1.0, -1.0, 0.0, 0.0]
    assert batch["num_items_in_batch"] == 4  # the trainer counts anew, over all ranks
