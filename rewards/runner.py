"""Run rewards under a hard deadline, in warm worker processes that are killed and replaced.

Threads and signals cannot stop a verifier that sits in C code (one power of big integers is enough), so each
sample runs in a process of a pool. The pool works from any thread and inside daemonic processes, and starts
its workers with a plain `exec`: nothing is forked after torch, and a caller's `__main__` is not run again.

A worker and what it starts are one process group and die together. A child that calls `setsid` leaves the group
and escapes; keep such plugins in a container.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rewards._batch import Batch
from rewards._child import Child, Job
from rewards.contract import Score
from rewards.define import Reward

if TYPE_CHECKING:
    from rewards.cache import Cache

SPARES = 4
PLUGINS_PER_WORKER = 64
"""A worker that has loaded more than this is replaced: rewards sent by value stay in its memory."""


class Runner:
    """A pool of warm, killable workers.

    Args:
        workers: number of processes; by default one per core, at most 8. Once a worker had to be killed, up to
            as many more (at most `SPARES`) stand by, so that the next kill costs no start.
        deadline: seconds one sample may take, from the start of its work. A reward's own deadline wins.
        memory_mb: address space of one worker in MiB; 0 = unlimited. A sample that exceeds it gets `timeout`.
        cache: a file that keeps scores (see `rewards.cache`); None = nothing is kept.

    Scores do not depend on the number of workers. Usable as a context manager, which closes it.
    """

    def __init__(
        self,
        workers: int | None = None,
        deadline: float = 5.0,
        memory_mb: int = 4096,
        cache: Path | str | None = None,
    ) -> None:
        self.workers = workers or min(os.cpu_count() or 1, 8)
        self.deadline = deadline
        self.memory_mb = memory_mb
        self.cache: Cache | None = None
        if cache is not None:
            from rewards.cache import Cache

            self.cache = Cache(cache)
        self._reset()

    def _reset(self) -> None:
        self._owner = os.getpid()
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._lost = 0
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self.workers)
        self._finish = weakref.finalize(self, _kill_all, self._all, self._owner)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as settings: another process starts workers of its own."""
        path = self.cache.path if self.cache is not None else None
        return type(self), (self.workers, self.deadline, self.memory_mb, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, spec: Reward, params: Mapping[str, Any], arguments: Sequence[Mapping[str, Any]]
    ) -> list[Score]:
        """Score each set of arguments; one result per input, in order, whatever any of them does.

        A sample whose worker is killed from outside is begun again on a fresh one; a reward that ends its own
        process each time gets `error`.
        """
        if self.cache is not None:
            return self.cache.run(spec, params, arguments, lambda rest: self._run(spec, params, rest))
        return self._run(spec, params, arguments)

    def _run(
        self, spec: Reward, params: Mapping[str, Any], arguments: Sequence[Mapping[str, Any]]
    ) -> list[Score]:
        if self._owner != os.getpid():  # after a fork the parent's pipes are not ours
            self._finish.detach()
            self._reset()
        if not arguments:
            return []
        batch = Batch(Job(spec, params, spec.deadline or self.deadline), arguments, self.workers)
        threads = min(self.workers, len(arguments))
        if threads == 1:
            self._serve(batch)
            return batch.results()
        pool = ThreadPoolExecutor(threads, thread_name_prefix="reward")
        try:
            for served in [pool.submit(self._serve, batch) for _ in range(threads)]:
                served.result()
        except BaseException:
            batch.stop()
            raise
        finally:
            pool.shutdown(wait=True)
        return batch.results()

    def close(self) -> None:
        """Kill every worker. Batches still running in other threads go on with new ones."""
        if self._owner != os.getpid():
            return
        with self._lock:
            idle, busy = self._idle, self._all.difference(self._idle)
            self._idle, self._lost = [], 0
            self._all.clear()
        for child in busy:
            child.strike()  # the thread that talks to it clears it away
        for child in idle:
            child.kill()

    def _serve(self, batch: Batch) -> None:
        try:
            while chunk := batch.take():
                with self._slots:
                    self._work(batch, chunk)
        except BaseException:
            batch.stop()
            raise

    def _work(self, batch: Batch, chunk: list[int]) -> None:
        try:
            child = self._take()
        except OSError as error:
            return batch.refuse(f"no worker process can be started: {error}", chunk)
        keep = False
        try:
            keep = batch.serve(child, chunk)
        finally:
            self._give(child, keep, batch.job)
        return None

    def _take(self) -> Child:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return self._started()
            if child.alive:
                return child
            self._drop(child)

    def _child(self) -> Child:
        return Child(self.memory_mb)

    def _started(self) -> Child:
        child = self._child()
        with self._lock:
            self._all.add(child)
        return child

    def _give(self, child: Child, keep: bool, job: Job) -> None:
        keep = keep and len(child.loaded) <= PLUGINS_PER_WORKER
        with self._lock:
            keep = keep and child in self._all
            if keep:
                self._idle.append(child)
            else:
                self._lost += child in self._all
        if not keep:
            self._drop(child)
            self._stand_by(job)

    def _drop(self, child: Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.kill()

    def _stand_by(self, job: Job) -> None:
        """Start processes ahead of need: a batch that kills workers waits for their deadlines only."""
        while True:
            with self._lock:
                wanted = self.workers + min(self._lost, self.workers, SPARES)
                if not self._lost or len(self._all) >= wanted:
                    return
            try:
                child = self._started()
            except OSError:  # whoever needs a worker will say so
                return
            child.begin(job)
            with self._lock:
                self._idle.insert(0, child)


def _kill_all(children: set[Child], owner: int) -> None:
    """Clear away what a runner that nobody closed leaves behind."""
    if owner == os.getpid():
        for child in list(children):
            child.kill()
        children.clear()


_default: Runner | None = None
_default_lock = threading.Lock()


def _renew_lock() -> None:
    global _default_lock
    _default_lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)  # another thread may have held it


def default_runner() -> Runner:
    """Return the process-wide runner, made at first use and closed at exit."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Runner()
        return _default
