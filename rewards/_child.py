"""A handle on one worker process: start it, talk to it under a deadline, kill it with all it started."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from rewards._worker import HEADER
from rewards.define import Reward
from rewards.errors import RewardError

START_SECONDS = 120.0
"""How long a worker may take to start and import a plugin: not the completion's fault or deadline."""
FRAME_LIMIT = 1 << 28
"""A longer reply is no reply: a plugin wrote into the worker's pipe."""
EARLY_BYTES = 1 << 15
"""A load request up to this size fits a pipe that nobody reads yet."""
MIB = 1 << 20


class Hung(Exception):  # noqa: N818 - it names a state of the worker
    """No reply within the deadline."""


class Died(Exception):  # noqa: N818 - it names a state of the worker
    """The worker process ended, or says nothing that can be read."""


class Job:
    """One reward with its parameters, as sent to workers."""

    def __init__(self, spec: Reward, params: Mapping[str, Any], deadline: float) -> None:
        self.spec, self.deadline = spec, deadline
        payload = spec.ref or _by_value(spec)
        self.key = payload if isinstance(payload, str) else hashlib.sha256(payload).hexdigest()
        self.load = pickle.dumps(("load", self.key, ("ref" if spec.ref else "value", payload), START_SECONDS))
        try:
            self.params = pickle.dumps(dict(params))
        except Exception as error:
            raise RewardError(
                f"reward `{spec.name}`: its parameters cannot be sent to a worker process ({error}); "
                "give plain values."
            ) from error

    def chunk(self, rows: Sequence[bytes]) -> bytes:
        """Return the request that scores pickled rows."""
        return pickle.dumps(("chunk", self.key, self.params, rows, self.deadline))


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


class Child:
    """One child process in a session of its own. It serves one request at a time."""

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
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(self._into, select.POLLOUT)
        self._readable.register(self._from, select.POLLIN)
        self._read = bytearray()
        self.loaded: set[str] = set()
        self._loading: str | None = None
        self.struck = False
        """Whether we ended it ourselves: no sample and no plugin is to blame."""

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    def begin(self, job: Job) -> None:
        """Let a fresh worker load the plugin while nobody waits for it."""
        if len(job.load) <= EARLY_BYTES:
            with suppress(Died, Hung):
                self._send(job.load, time.monotonic() + 1.0)
                self._loading = job.key

    def prepare(self, job: Job) -> str | None:
        """Load the plugin, once. Return the problem, if any. Raises `Died` or `Hung`."""
        until = time.monotonic() + START_SECONDS
        if self._loading is not None:
            key, self._loading = self._loading, None
            self._loaded(key, self._receive(until))
        if job.key in self.loaded:
            return None
        self._send(job.load, until)
        return self._loaded(job.key, self._receive(until))

    def _loaded(self, key: str, reply: Any) -> str | None:
        if not isinstance(reply, dict):
            raise Died
        if "problem" in reply:
            return str(reply["problem"])
        self.loaded.add(key)
        return None

    def score(self, job: Job, rows: Sequence[bytes]) -> Iterator[Any]:
        """Yield None when the work begins, then one reply a sample. Raises `Died` or `Hung`.

        The deadline holds for each reply, from the one before.
        """
        until = time.monotonic() + START_SECONDS
        self._send(job.chunk(rows), until)
        yield self._receive(until)
        for _ in range(1 if job.spec.batch else len(rows)):
            yield self._receive(time.monotonic() + job.deadline)

    def _send(self, payload: bytes, until: float) -> None:
        left = memoryview(HEADER.pack(len(payload)) + payload)
        try:
            while left:
                if not self._writable.poll(_milliseconds(until)):
                    raise Hung
                left = left[os.write(self._into, left) :]
        except OSError as error:
            raise Died from error

    def _receive(self, until: float) -> Any:
        payload = self._take(HEADER.unpack(self._take(HEADER.size, until))[0], until)
        try:
            return json.loads(payload) if payload else None
        except ValueError as error:
            raise Died from error

    def _take(self, length: int, until: float) -> bytes:
        if length > FRAME_LIMIT:
            raise Died
        while len(self._read) < length:
            try:
                if not self._readable.poll(_milliseconds(until)):
                    raise (
                        Hung if self.alive else Died
                    )  # a child of the plugin may hold the pipe of a dead worker
                piece = os.read(self._from, MIB)
            except (OSError, ValueError) as error:  # closed by another thread that ended the batch
                raise Died from error
            if not piece:
                raise Died
            self._read += piece
        found = bytes(self._read[:length])
        del self._read[:length]
        return found

    def strike(self) -> None:
        """Kill the process and its group; its handle stays whole for the thread that is talking to it."""
        self.struck = True
        if self.process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self, grace: float = 0.0) -> int:
        """End the process and everything in its process group; return its exit status.

        `grace` is how long one that is ending anyway may take, so that the status is its own.
        """
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return status


def _milliseconds(until: float) -> float:
    return max(0.0, until - time.monotonic()) * 1000
