"""Run rewards under a hard deadline, in warm worker processes that are killed and replaced.

Threads and signals cannot stop a verifier that sits in C code (one power of big integers is enough), so each
sample runs in a process of a pool. The pool works from any thread and inside daemonic processes, and starts
its workers with a plain `exec`: nothing is forked after torch, and a caller's `__main__` is not run again.
"""

from __future__ import annotations

import atexit
import hashlib
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

from rewards._worker import HEADER
from rewards.contract import Score, Status
from rewards.define import Reward, floor_score
from rewards.errors import RewardError
from rewards.judge import failed

START_SECONDS = 120.0
"""How long a worker may take to start and import a plugin: not the completion's fault or deadline."""
MIB = 1 << 20


class _Hung(Exception):  # noqa: N818 - it names a state of the worker
    """No reply within the deadline."""


class _Died(Exception):  # noqa: N818 - it names a state of the worker
    """The worker process ended."""


class _Worker:
    """One child process. It serves one request at a time."""

    def __init__(self, memory_mb: int) -> None:
        paths = f"import sys; sys.path[:] = {sys.path!r}"
        code = f"{paths}; from rewards._worker import main; main({memory_mb * MIB})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._into, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._into, False)
        self.loaded: set[str] = set()

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    def ask(self, request: bytes, seconds: float) -> dict[str, Any]:
        """Send a pickled request and wait at most `seconds` for the reply."""
        until = time.monotonic() + seconds
        try:
            self._send(HEADER.pack(len(request)) + request, until)
            (length,) = HEADER.unpack(self._receive(HEADER.size, until))
            reply: dict[str, Any] = json.loads(self._receive(length, until))
        except OSError as error:
            raise _Died from error
        return reply

    def _send(self, payload: bytes, until: float) -> None:
        left = memoryview(payload)
        while left:
            _wait(self._into, select.POLLOUT, until)
            left = left[os.write(self._into, left) :]

    def _receive(self, length: int, until: float) -> bytes:
        found = bytearray()
        while len(found) < length:
            _wait(self._from, select.POLLIN, until)
            piece = os.read(self._from, length - len(found))
            if not piece:
                raise _Died
            found += piece
        return bytes(found)

    def kill(self, grace: float = 0.0) -> int:
        """End the process and everything it started; return its exit status.

        `grace` is how long one that is ending anyway may take, so that the status is its own.
        """
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return self.process.wait()


def _wait(descriptor: int, event: int, until: float) -> None:
    poller = select.poll()
    poller.register(descriptor, event)
    if not poller.poll(max(0.0, until - time.monotonic()) * 1000):
        raise _Hung


class Runner:
    """A pool of warm, killable workers.

    Args:
        workers: number of processes; by default one per core, at most 8.
        deadline: seconds one sample may take, from the start of its work. A reward's own deadline wins.
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
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                self._all.discard(worker)
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
        payload = spec.ref or _by_value(spec)
        self.blob = ("ref" if spec.ref else "value", payload)
        self.key = payload if isinstance(payload, str) else hashlib.sha256(payload).hexdigest()

    def prepare(self, worker: _Worker) -> str | None:
        """Load the plugin in the worker, once; return the problem, if any."""
        if self.key in worker.loaded:
            return None
        try:
            reply = worker.ask(pickle.dumps(("load", self.key, self.blob, START_SECONDS)), START_SECONDS)
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
            request = pickle.dumps(("score", self.key, dict(arguments), self.params, self.deadline))
        except Exception as error:  # whatever a column's own __reduce__ raises
            return failed(f"the row cannot be sent to a worker: {error}"), True
        try:
            reply = worker.ask(request, self.deadline)
        except _Hung:
            reason = f"no verdict within {self.deadline:g} s"
            return floor_score(self.spec, Status.TIMEOUT, reason, time.perf_counter() - start), False
        except _Died:
            reason = f"the reward ended its worker process ({_ending(worker.kill(grace=1.0))})"
            return failed(reason, time.perf_counter() - start), False
        if "problem" in reply:
            return failed(f"a worker cannot read the row: {reply['problem']}"), True
        return Score(**{**reply, "status": Status(reply["status"])}), True


def _ending(status: int) -> str:
    with suppress(ValueError):
        if status < 0:
            return f"signal {signal.Signals(-status).name}"
    return f"exit status {status}"


def _by_value(spec: Reward) -> bytes:
    import cloudpickle

    try:
        blob: bytes = cloudpickle.dumps(spec)
    except Exception as error:
        raise RewardError(
            f"reward `{spec.name}` cannot be sent to a worker process ({error}); put it in a file of its "
            "own, or declare it cost='inline' if it is cheap and always ends."
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
