"""Rewards that wait for a service (a judge model, an HTTP verifier): `async def`, awaited on one event loop.

The loop runs in a daemon thread of this process, so a caller that is itself inside asyncio works as any other.
A service that fails is not the completion's fault: what still raises after the retries, or is late, is an
`error`, which masks the sample, and never the floor of the range.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from rewards.contract import Score
from rewards.define import Reward
from rewards.errors import BadReference, RewardError
from rewards.judge import as_score, end_copy, failed, lineage, raised

DEADLINE = 60.0
"""Seconds for one sample with all its attempts, if the reward names none."""
PAUSE, PAUSE_MOST = 0.25, 30.0
"""Seconds before the first retry, doubled for each further one up to the second figure."""
STALL = 5.0
"""Seconds past a sample's deadline after which the loop is taken for blocked."""
FINAL = (BadReference, MemoryError, RecursionError)
"""What a further attempt would not mend."""


class _Loop:
    """An event loop in a daemon thread, with one gate per reward that limits the calls in flight."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.gates: WeakKeyDictionary[Reward, asyncio.Semaphore] = WeakKeyDictionary()
        self.thread = threading.Thread(target=self.loop.run_forever, name="reward-async", daemon=True)
        self.thread.start()

    def gate(self, spec: Reward) -> asyncio.Semaphore:
        """Return the reward's gate; called on the loop's thread only."""
        return self.gates.setdefault(spec, asyncio.Semaphore(spec.concurrency))


class _Work:
    """The samples of one call: their scores, and when each began."""

    def __init__(self, spec: Reward, params: Mapping[str, Any], deadline: float | None) -> None:
        self.spec, self.params = spec, params
        self.deadline = spec.deadline or deadline or DEADLINE
        self.begun: dict[int, float] = {}
        self.found: dict[int, Score] = {}

    async def all(self, gate: asyncio.Semaphore, arguments: Sequence[Mapping[str, Any]]) -> None:
        """Score every sample."""
        await asyncio.gather(*(self._one(gate, i, a) for i, a in enumerate(arguments)))

    async def _one(self, gate: asyncio.Semaphore, index: int, arguments: Mapping[str, Any]) -> None:
        async with gate:
            start = self.begun[index] = time.monotonic()
            task = asyncio.ensure_future(self._attempts(arguments, start + self.deadline))
            try:
                await asyncio.wait({task}, timeout=self.deadline)
            finally:
                task.cancel()  # without waiting for it: a reward may ignore that it is cancelled
            if task.done() and not task.cancelled():
                self.found[index] = as_score(self.spec, task.result(), time.monotonic() - start)
            else:
                self.found[index] = failed(f"no verdict within {self.deadline:g} s", time.monotonic() - start)

    async def _attempts(self, arguments: Mapping[str, Any], until: float) -> object:
        tries, before = self.spec.retries + 1, lineage()
        for attempt in range(tries):
            try:
                value = await self.spec.fn(**arguments, **self.params)
                end_copy(before)
                return value
            except (Exception, SystemExit) as error:  # a plugin may raise anything
                end_copy(before)
                outcome = raised(self.spec, error)
                if isinstance(error, FINAL):
                    return outcome
                pause = min(PAUSE * 2**attempt, PAUSE_MOST) * random.uniform(0.5, 1.5)
                if attempt + 1 == tries or time.monotonic() + pause >= until:
                    return failed(f"{outcome.reason} (attempt {attempt + 1} of {tries})")
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    def blocked(self) -> bool:
        """Whether a sample is so late that the loop cannot be running."""
        limit = time.monotonic() - self.deadline - STALL
        return any(start < limit for i, start in list(self.begun.items()) if i not in self.found)


_current: _Loop | None = None
_lock = threading.Lock()


def _loop() -> _Loop:
    global _current
    with _lock:
        if _current is None or _current.owner != os.getpid() or not _current.thread.is_alive():
            _current = _Loop()
        return _current


def _abandon(loop: _Loop) -> None:
    global _current
    with _lock:
        if _current is loop:
            _current = None


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)


def run_async(
    spec: Reward,
    params: Mapping[str, Any],
    arguments: Sequence[Mapping[str, Any]],
    deadline: float | None = None,
) -> list[Score]:
    """Score each set of arguments with an `async def` reward; one result per input, in order.

    Args:
        spec: the reward; its `concurrency` holds over all calls of this process.
        params: its parameters.
        arguments: what it named, per sample.
        deadline: seconds per sample if the reward names none.

    A reward that blocks the loop (`time.sleep` instead of `asyncio.sleep`) cannot be killed: the loop is given up,
    the samples it still held are an `error`, and the next call gets a new loop.

    Raises:
        RewardError: called from inside an async reward; await that reward's function instead.
    """
    loop = _loop()
    if threading.current_thread() is loop.thread:
        raise RewardError(f"`{spec.name}` is called from inside an async reward; await its function instead.")
    work = _Work(spec, params, deadline)

    async def start() -> None:
        await work.all(loop.gate(spec), arguments)

    future = asyncio.run_coroutine_threadsafe(start(), loop.loop)
    try:
        while not future.done():
            try:
                future.result(timeout=1.0)
            except TimeoutError:
                if work.blocked():
                    _abandon(loop)
                    break
    except BaseException:
        future.cancel()
        raise
    late = failed(f"`{spec.name}` blocks the event loop: await inside it, or make it a plain function")
    return [work.found.get(i, late) for i in range(len(arguments))]
