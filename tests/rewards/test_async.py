"""Rewards that wait for a service, and rewards that score many rows in one call."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import BadReference, Runner, Score, Status, async_runner, load_reward, reward
from rewards.errors import RewardError


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_runner, "PAUSE", 0.01)


def rows(*words: str) -> list[dict[str, Any]]:
    return [{"completion": word} for word in words]


class Service:
    """A service in miniature: it says the number it is sent, and counts who is there."""

    def __init__(self, **meta: Any) -> None:
        self.calls: Counter[str] = Counter()
        self.inside = self.most = 0

        @reward("service", **meta)
        async def service(completion: str) -> float:
            """Ask the service."""
            return await self.ask(completion)

        self.bound = service.bind()

    async def ask(self, word: str) -> float:
        self.calls[word] += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            if word == "hang":
                await asyncio.sleep(1000)
            if word == "stubborn":
                while True:
                    try:
                        await asyncio.sleep(1000)
                    except asyncio.CancelledError:
                        await asyncio.sleep(1.0)
            if word == "down" or (word.startswith("flaky") and self.calls[word] < 3):
                raise ConnectionError("no route")
            if word == "bad":
                raise BadReference("no gold")
            await asyncio.sleep(0.01)
            return float(word.removeprefix("flaky "))
        finally:
            self.inside -= 1


def test_scores_come_back_in_order_and_no_more_than_so_many_calls_are_in_flight() -> None:
    service = Service(concurrency=3)
    values = [i / 40 for i in range(40)]
    assert [s.value for s in service.bound.score_batch(rows(*map(str, values)))] == values
    assert service.most == 3


def test_the_limit_holds_over_threads() -> None:
    service = Service(concurrency=2)
    threads = [
        threading.Thread(target=lambda: service.bound.score_batch(rows(*["0.5"] * 10))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert service.calls["0.5"] == 40
    assert service.most == 2


def test_a_call_that_fails_is_tried_again_and_a_service_that_is_down_masks() -> None:
    service = Service(retries=2)
    flaky, down = service.bound.score_batch(rows("flaky 0.25", "down"))
    assert (flaky.value, service.calls["flaky 0.25"]) == (0.25, 3)
    assert (down.value, down.status, service.calls["down"]) == (None, Status.ERROR, 3)
    assert down.reason == "ConnectionError: no route (attempt 3 of 3)"


def test_without_retries_one_attempt_is_made_and_a_bad_reference_is_never_repeated() -> None:
    service = Service(retries=0)
    assert service.bound.score(completion="down").status is Status.ERROR
    assert service.calls["down"] == 1
    service = Service()
    assert service.bound.score(completion="bad").status is Status.BAD_REFERENCE
    assert service.calls["bad"] == 1


@pytest.mark.parametrize("word", ["hang", "stubborn"])
def test_the_deadline_of_a_sample_ends_it_alone(word: str) -> None:
    service = Service(deadline=0.2)
    late, fine = service.bound.score_batch(rows(word, "0.5"))
    assert (late.value, late.status, late.reason) == (None, Status.ERROR, "no verdict within 0.2 s")
    assert fine.value == 0.5


def test_a_reward_that_blocks_the_loop_is_given_up_and_the_next_call_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(async_runner, "STALL", 0.2)
    ended = threading.Event()

    @reward("blocks", deadline=0.1)
    async def blocks(completion: str) -> float:
        if completion == "block":
            ended.wait(20)
        return 1.0

    found = blocks.bind().score_batch(rows("1", "block"))
    assert found[1].status is Status.ERROR
    assert "blocks the event loop" in found[1].reason
    assert blocks.bind().score(completion="fine").value == 1.0
    ended.set()


def test_it_works_when_the_caller_is_inside_asyncio() -> None:
    service = Service()

    async def main() -> tuple[Any, Any]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = asyncio.ensure_future(tick())
        waited = await service.bound.ascore_batch(rows(*["0.5"] * 80))
        ticking.cancel()
        return [s.value for s in [*waited, service.bound.score(completion="0.25")]], ticks

    values, ticks = asyncio.run(main())
    assert values == [0.5] * 80 + [0.25]
    assert ticks > 5  # the caller's loop went on while the batch ran


def test_a_call_from_inside_an_async_reward_is_refused_with_the_remedy() -> None:
    service = Service()

    @reward("outer", retries=0)
    async def outer(completion: str) -> Any:
        return service.bound.score(completion=completion)

    score = outer.bind().score(completion="0.5")
    assert score.status is Status.ERROR
    assert "await its function instead" in score.reason


def test_what_an_async_reward_returns_is_checked_as_any_other() -> None:
    @reward("returns")
    async def returns(completion: str) -> Any:
        return {"high": 2.0, "none": None, "score": Score(0.5, reason="half")}[completion]

    high, none, score = returns.bind().score_batch(rows("high", "none", "score"))
    assert "outside its declared range" in high.reason
    assert none.status is Status.NOT_APPLICABLE
    assert (score.value, score.reason) == (0.5, "half")


BATCH = '''
import os, time
from rewards import BadReference, Score, reward


@reward("lengths", batch=True, cost="{cost}", range=(0.0, 100.0))
def lengths(completion: list[str], answer: list[str], *, wrong: str = "") -> list[float]:
    """Count characters, many rows at once."""
    if wrong == "short": return [1.0]
    if wrong == "number": return 1.0
    if wrong == "dict": return {{"a": 1.0}}
    if wrong == "text": return "12"
    if any(c == "raise" for c in completion): raise ValueError("one of them")
    if any(c == "bad" for c in completion): raise BadReference("no gold")
    if any(c == "hang" for c in completion): time.sleep(1000)
    if any(c == "exit" for c in completion): os._exit(3)
    return [len(c) + len(a) for c, a in zip(completion, answer, strict=True)]
'''


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("batch")
    runner = Runner(workers=2, deadline=1.0)

    def load(cost: str, **params: Any) -> Any:
        path = folder / f"lengths_{cost}.py"
        path.write_text(BATCH.format(cost=cost))
        bound = load_reward(str(path), **params)
        bound.runner = runner
        return bound

    yield load
    runner.close()


def pairs(*words: str) -> list[dict[str, Any]]:
    return [{"completion": word, "answer": "x"} for word in words]


@pytest.mark.parametrize("cost", ["inline", "isolated"])
def test_a_batch_is_scored_as_its_rows_one_by_one(batch: Any, cost: str) -> None:
    bound = batch(cost)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.text("abé\x00 ", max_size=9), max_size=20))
    def same(words: list[str]) -> None:
        together = [(s.value, s.status) for s in bound.score_batch(pairs(*words))]
        assert together == [(len(w) + 1.0, "scored") for w in words]

    same()
    assert bound.score(completion="abc", answer="").value == 3.0


@pytest.mark.parametrize("cost", ["inline", "isolated"])
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("short", "returned 1 values for"),
        ("number", "returned 1.0 instead of a list of"),
        ("dict", "instead of a list of"),
        ("text", "returned '12' instead of a list of"),
    ],
)
def test_a_batch_of_the_wrong_shape_is_an_error_that_says_so(
    batch: Any, cost: str, wrong: str, reason: str
) -> None:
    found = batch(cost, wrong=wrong).score_batch(pairs(*"abcdef"))
    assert {s.status for s in found} == {Status.ERROR}
    assert all(reason in s.reason for s in found)


@pytest.mark.parametrize("cost", ["inline", "isolated"])
def test_a_row_that_raises_harms_no_other_row_of_its_batch(batch: Any, cost: str) -> None:
    found = batch(cost).score_batch(pairs("ab", "raise", "abc", "bad", "a"))
    assert [s.value for s in found] == [3.0, None, 4.0, None, 2.0]
    assert [s.status.value for s in found] == ["scored", "error", "scored", "bad_reference", "scored"]


def test_a_row_that_hangs_or_ends_the_worker_is_found_and_the_others_keep_their_scores(batch: Any) -> None:
    found = batch("isolated").score_batch(pairs("ab", "hang", "abc", "exit", "a"))
    assert [s.value for s in found] == [3.0, 0.0, 4.0, None, 2.0]
    assert [s.status.value for s in found] == ["scored", "timeout", "scored", "error", "scored"]


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"range": (1.0, 0.0)}, "two finite numbers that rise"),
        ({"range": (0.0, float("inf"))}, "two finite numbers that rise"),
        ({"cost": "cheap"}, "cost 'cheap'; allowed: inline, isolated"),
        ({"deadline": 0}, "deadline 0 must be a positive number"),
        ({"concurrency": 0}, "concurrency must be at least 1"),
        ({"retries": -1}, "retries at least 0"),
        ({"batch": True}, "either async or of batch form"),
    ],
)
def test_a_wrong_declaration_is_refused_where_it_is_made(meta: dict[str, Any], message: str) -> None:
    async def fine(completion: str) -> float:
        return 1.0

    with pytest.raises(RewardError) as caught:
        reward("fine", **meta)(fine)
    assert message in str(caught.value)


def test_a_file_with_an_async_reward_loads_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "remote.py"
    path.write_text(
        "import asyncio\nfrom rewards import reward\n@reward('remote')\n"
        "async def remote(completion: str, answer: str) -> float:\n"
        "    await asyncio.sleep(0)\n    return float(completion == answer)\n"
    )
    begin = time.monotonic()
    assert load_reward(str(path)).score(completion="7", answer="7").value == 1.0
    assert time.monotonic() - begin < 60
