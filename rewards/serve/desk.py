"""The desk: takes a bounded number of requests, has a few judged at once, and gives up on one after its time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from rewards.contract import Rollout
from rewards.serve.limits import Limits
from rewards.suite import Suite, Verdict


class Full(Exception):  # noqa: N818 - it names a state of the desk
    """No more requests may wait. `retry` is in how many seconds one may try again."""

    def __init__(self, retry: int) -> None:
        super().__init__(retry)
        self.retry = retry


class Desk:
    """Requests between their arrival and their verdicts. All methods are called on the event loop."""

    def __init__(self, suite: Suite, limits: Limits) -> None:
        self.suite, self.limits = suite, limits
        self.admitted = 0
        self.running: set[Future[list[Verdict]]] = set()
        self._mean_seconds = 0.1
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="serve")

    @property
    def taken(self) -> int:
        """Requests admitted and not yet answered, and work that goes on though its request was given up."""
        return self.admitted + len(self.running)

    @property
    def waiting(self) -> int:
        """Requests that wait to be judged."""
        return max(0, self.taken - self.limits.threads)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place while a request is read. Raises `Full`."""
        if self.taken >= self.limits.threads + self.limits.queue:
            wait = self._mean_seconds * self.taken / self.limits.threads
            raise Full(min(60, max(1, math.ceil(wait))))
        self.admitted += 1
        try:
            yield
        finally:
            self.admitted -= 1

    async def judge(self, rollouts: Sequence[Rollout], seconds: float) -> list[Verdict]:
        """Return the verdicts. Raises `TimeoutError` after `seconds`, and `RewardError` as the suite does."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        work = self._pool.submit(self.suite.score, rollouts)
        self.running.add(work)
        self.admitted -= 1  # the work holds the place from here on, also when the request is given up
        work.add_done_callback(lambda done: self._done(loop, done))
        try:
            verdicts = await asyncio.wait_for(asyncio.wrap_future(work), seconds)
        finally:
            self.admitted += 1
            if work.done():
                self.running.discard(work)
        self._mean_seconds += 0.1 * (loop.time() - start - self._mean_seconds)
        return verdicts

    def _done(self, loop: asyncio.AbstractEventLoop, work: Future[list[Verdict]]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody counts any more
            loop.call_soon_threadsafe(self.running.discard, work)

    def close(self) -> bool:
        """Stop: kill the worker processes, drop what waits. Return whether a thread is still at work."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for runner in {id(t.reward.runner): t.reward.runner for t in self.suite.terms}.values():
            if runner is not None:
                runner.close()
        return any(not work.done() for work in self.running)
