"""Run rewards under a hard deadline, in warm worker processes that are killed and replaced.

Threads and signals cannot stop a verifier that sits in C code (one power of big integers is enough), so each sample
runs in a process of its own pool. The pool works from any thread and inside daemonic processes, and starts its
workers with a plain `exec`: nothing is forked after torch, and a caller's `__main__` is never imported again.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from rewards._worker import read_frame, write_frame
from rewards.contract import Score, Status
from rewards.define import Reward, floor_score
from rewards.errors import RewardError
from rewards.judge import failed

START_SECONDS = 120.0
"""How long a worker may take to start and import a plugin: not the completion's fault, so not its deadline."""
MIB = 1 << 20


class _Hung(Exception):
    """No reply within the deadline."""


class _Died(Exception):
    """The worker process ended."""


class _Worker:
    """One child process. It serves one request at a time."""

    def __init__(self, memory_mb: int) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from rewards._worker import main; main({memory_mb * MIB})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self.loaded: set[str] = set()

    def ask(self, request: tuple[Any, ...], seconds: float) -> dict[str, Any]:
        """Send a request and wait at most `seconds` for the reply."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            write_frame(self.process.stdin, pickle.dumps(request))
            poller = select.poll()
            poller.register(self.process.stdout, select.POLLIN)
            if not poller.poll(seconds * 1000):
                raise _Hung
            frame = read_frame(self.process.stdout)
        except OSError as error:
            raise _Died from error
        if not frame:
            raise _Died
        try:
            reply: dict[str, Any] = json.loads(frame)
        except ValueError as error:  # killed in the middle of its reply
            raise _Died from error
        return reply

    def kill(self) -> int:
        """End the process and everything it started; return its exit status."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return self.process.wait()


class Runner:
    """A pool of warm, killable workers.

    Args:
        workers: number of processes; by default one per core, at most 8.
        deadline: seconds one sample may take, measured from the start of its work. A reward's own deadline wins.
        memory_mb: address space of one worker in MiB; 0 = unlimited. A sample that exceeds it gets `timeout`.
    """

    def __init__(self, workers: int | None = None, deadline: float = 5.0, memory_mb: int = 4096) -> None:
        self.workers = workers or min(os.cpu_count() or 1, 8)
        self.deadline = deadline
        self.memory_mb = memory_mb
        self._reset()

    def _reset(self) -> None:
        self._owner = os.getpid()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self.workers)

    def run(
        self, spec: Reward, params: Mapping[str, Any], arguments: Sequence[Mapping[str, Any]]
    ) -> list[Score]:
        """Score each set of arguments; one result per input, in order, whatever any of them does."""
        if self._owner != os.getpid():  # after a fork the parent's pipes are not ours
            self._reset()
        job = _Job(spec, params, spec.deadline or self.deadline)
        threads = min(self.workers, len(arguments))
        if threads <= 1:
            return [self._one(job, a) for a in arguments]
        pool = ThreadPoolExecutor(threads, thread_name_prefix="reward")
        try:
            return list(pool.map(lambda a: self._one(job, a), arguments))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            self.close()
            raise
        finally:
            pool.shutdown(wait=True)

    def close(self) -> None:
        """Kill every worker."""
        if self._owner != os.getpid():
            return
        with self._lock:
            doomed, self._all, self._idle = self._all, set(), []
        for worker in doomed:
            worker.kill()

    def _one(self, job: _Job, arguments: Mapping[str, Any]) -> Score:
        with self._slots:
            worker = self._take()
            keep = False
            try:
                problem = job.prepare(worker)
                if problem is not None:
                    return failed(problem)
                score, keep = job.score(worker, arguments)
                return score
            finally:
                self._give(worker, keep)

    def _take(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        worker = _Worker(self.memory_mb)
        with self._lock:
            self._all.add(worker)
        return worker

    def _give(self, worker: _Worker, keep: bool) -> None:
        with self._lock:
            keep = keep and worker in self._all
            if keep:
                self._idle.append(worker)
            else:
                self._all.discard(worker)
        if not keep:
            worker.kill()


class _Job:
    """One reward with its parameters, as sent to workers."""

    def __init__(self, spec: Reward, params: Mapping[str, Any], deadline: float) -> None:
        self.spec, self.params, self.deadline = spec, dict(params), deadline
        self.key = spec.ref or f"value-{id(spec)}"
        self.blob = ("ref", spec.ref) if spec.ref else ("value", _by_value(spec))

    def prepare(self, worker: _Worker) -> str | None:
        """Load the plugin in the worker, once; return the problem, if any."""
        if self.key in worker.loaded:
            return None
        try:
            reply = worker.ask(("load", self.key, self.blob), START_SECONDS)
        except (_Hung, _Died) as error:
            word = "took too long" if isinstance(error, _Hung) else "ended its worker process"
            return f"reward `{self.spec.name}` {word} while it was being loaded"
        if "problem" in reply:
            return f"reward `{self.spec.name}` does not load in a worker: {reply['problem']}"
        worker.loaded.add(self.key)
        return None

    def score(self, worker: _Worker, arguments: Mapping[str, Any]) -> tuple[Score, bool]:
        """Return the score, and whether the worker can be used again."""
        start = time.perf_counter()
        try:
            reply = worker.ask(("score", self.key, dict(arguments), self.params, self.deadline), self.deadline)
        except _Hung:
            reason = f"no verdict within {self.deadline:g} s"
            return floor_score(self.spec, Status.TIMEOUT, reason, time.perf_counter() - start), False
        except _Died:
            seconds = time.perf_counter() - start
            return failed(f"the reward ended its worker process (exit status {worker.kill()})", seconds), False
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            return failed(f"the row cannot be sent to a worker: {error}"), False
        return Score(**{**reply, "status": Status(reply["status"])}), True


def _by_value(spec: Reward) -> bytes:
    import cloudpickle

    try:
        blob: bytes = cloudpickle.dumps(spec)
    except Exception as error:
        raise RewardError(
            f"reward `{spec.name}` cannot be sent to a worker process ({error}); put it in a file of its own, "
            "or declare it cost='inline' if it is cheap and always ends."
        ) from error
    return blob


_default: Runner | None = None
_default_lock = threading.Lock()


def default_runner() -> Runner:
    """Return the process-wide runner, made at first use and closed at exit."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Runner()
            atexit.register(_default.close)
        return _default
