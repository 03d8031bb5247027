"""Run a model's Python code in a process that can compute and do nothing else.

Each call gets a fresh process, so no sample sees what another left behind. One stands by, started and waiting, so that
a call does not pay for the start. What it may not do is in `_confine`; here it is bounded in time and output.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rewards.errors import ToolkitError

CHILD = Path(__file__).with_name("_child.py")
NO_CONFINEMENT = 3
START_SECONDS = 20.0
"""How long the process itself may take to start: not the code's fault, and not in its limit."""
MIB = 1 << 20


class ToolError(Exception):
    """What a tool tells the model instead of a result; a tool loop turns it into a message with the key `error`."""


class SandboxError(ToolkitError):
    """There is no sandbox on this machine."""


@dataclass(frozen=True)
class Output:
    """What the code printed (cut at the limit) and whether more was to come."""

    text: str
    cut: bool


class Sandbox:
    """Runs code, one call at a time, each in a confined process of its own.

    Args:
        seconds: wall-clock time of one call.
        memory_mb: address space in MiB.
        max_chars: characters of output that are kept; the process is ended when it has printed more.
    """

    def __init__(self, seconds: float = 2.0, memory_mb: int = 512, max_chars: int = 2000) -> None:
        if not (seconds > 0 and memory_mb >= 64 and max_chars > 0):
            raise ToolkitError("a sandbox needs seconds above 0, at least 64 MiB and max_chars above 0.")
        self.seconds, self.memory_mb, self.max_chars = seconds, memory_mb, max_chars
        self._lock = threading.Lock()
        self._spare: list[subprocess.Popen[bytes]] = []
        self._owner = os.getpid()
        weakref.finalize(self, _end_all, self._spare, self._owner)

    def __reduce__(self) -> tuple[type[Sandbox], tuple[float, int, int]]:
        """Travel as settings."""
        return Sandbox, (self.seconds, self.memory_mb, self.max_chars)

    def check(self) -> None:
        """Run nothing, to see whether anything can be run. Raises `SandboxError`."""
        with suppress(ToolError):
            self.run("")

    def run(self, code: str) -> Output:
        """Run code and return what it printed.

        Raises:
            ToolError: it raised, ran out of time or memory, or was ended; the message says which.
            SandboxError: processes cannot be confined here.
        """
        process = self._take()
        try:
            _await_start(process)
            with suppress(BrokenPipeError):
                assert process.stdin is not None
                process.stdin.write(code.encode("utf-8", "replace"))
                process.stdin.close()
            printed, ended = self._read(process)
        finally:
            _end(process)
        return self._judge(process, printed, ended)

    def _take(self) -> subprocess.Popen[bytes]:
        """Return a process that waits for code, and start the next."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork the parent's processes are not ours
                self._spare, self._owner = [], os.getpid()
                weakref.finalize(self, _end_all, self._spare, self._owner)
            ready = self._spare.pop() if self._spare else self._start()
            self._spare.append(self._start())
            return ready if ready.poll() is None else self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-S",
            "-s",
            "-B",
            str(CHILD),
            str(self.memory_mb * MIB),
            str(int(self.seconds) + 2),
        ]
        pipe = subprocess.PIPE
        quiet = {
            "PYTHONHASHSEED": "0",
            "PATH": "",
        }  # the same order of sets each time, and nothing of ours to read
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=quiet, cwd="/", start_new_session=True
        )

    def _read(self, process: subprocess.Popen[bytes]) -> tuple[dict[int, bytes], bool]:
        """Return what came on both pipes, and whether the process closed them by itself, within time and size."""
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.fileno(), process.stderr.fileno()
        got = {1: b"", 2: b""}
        names = {out: 1, err: 2}
        until = time.monotonic() + self.seconds
        while names:
            ready, _, _ = select.select(list(names), [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return got, False
            for pipe in ready:
                piece = os.read(pipe, 1 << 16)
                got[names[pipe]] += piece
                if not piece:
                    del names[pipe]
            if len(got[1]) > 4 * self.max_chars or len(got[2]) > 1 << 16:
                return got, False
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, until - time.monotonic()))
        return got, True

    def _judge(self, process: subprocess.Popen[bytes], printed: dict[int, bytes], ended: bool) -> Output:
        text, message = (printed[n].decode("utf-8", "replace") for n in (1, 2))
        if len(text) > self.max_chars:
            return Output(text[: self.max_chars], True)
        if not ended:
            raise ToolError(
                f"the code was stopped: it did not end within {self.seconds:g} s, or wrote too much"
            )
        status = process.returncode
        if status == NO_CONFINEMENT:
            raise SandboxError(f"the Python tool cannot run here: {message}. It needs Linux with seccomp.")
        if status == 1:
            raise ToolError(message or "the code failed")
        if status:
            what = "it ran out of processor time" if status == -signal.SIGXCPU else f"exit status {status}"
            raise ToolError(f"the code was ended: {what}")
        return Output(text, False)


def _await_start(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has said that it waits for code. Raises `SandboxError`."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    if not ready:
        raise SandboxError(
            f"the Python tool cannot run here: its process did not start in {START_SECONDS:g} s."
        )
    if not os.read(process.stdout.fileno(), 1):
        assert process.stderr is not None
        lines = os.read(process.stderr.fileno(), 1 << 16).decode("utf-8", "replace").splitlines()
        raise SandboxError(f"the Python tool cannot run here: {lines[-1] if lines else 'its process ended'}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _end_all(processes: list[subprocess.Popen[bytes]], owner: int) -> None:
    if owner == os.getpid():
        for process in processes:
            _end(process)
