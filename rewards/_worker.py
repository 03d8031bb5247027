"""The process that runs one reward at a time, started and killed by `rewards.runner`.

Frames on stdin are pickles from the parent; frames on stdout are JSON, so nothing a completion does to this
process can make the parent unpickle it. A chunk of samples is answered by an empty frame when the work begins
and by one frame a sample: each reply is also the start of the next sample's clock. A kernel timer ends the
process by itself should the parent be gone.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

HEADER = struct.Struct(">Q")
GRACE = 5.0
"""Seconds past its deadline after which a request ends the process, should no parent be there to do it."""
SHOW_OUTPUT = "REASONERS_WORKER_OUTPUT"
"""Environment variable: if set, what plugins print in a worker goes to stderr; else it is thrown away."""


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next frame, or None at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    return stream.read(HEADER.unpack(header)[0])


def main(memory_bytes: int) -> None:
    """Serve ("load", key, blob, seconds) and ("chunk", key, params, rows, seconds) until stdin ends."""
    replies = os.dup(1)
    _quiet()
    if memory_bytes:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = os.getpid()

    def send(reply: object) -> None:
        if os.getpid() != owner:  # a plugin forked and the copy came back: it has nothing to say here
            os._exit(0)
        payload = b"" if reply is None else json.dumps(reply).encode()
        left = memoryview(HEADER.pack(len(payload)) + payload)
        while left:
            left = left[os.write(replies, left) :]

    loaded: dict[str, Any] = {}
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        request = pickle.loads(frame)  # plain strings, numbers and bytes: always readable
        if request[0] == "load":
            signal.setitimer(signal.ITIMER_REAL, request[3] + GRACE)
            send(load_plugin(loaded, request[1], request[2]))
        else:
            _score_chunk(send, loaded[request[1]], *request[2:])
        signal.setitimer(signal.ITIMER_REAL, 0)
    if (
        os.getpgid(0) == owner
    ):  # the parent is gone: what plugins left behind must not outlive it, or hold us up
        os.killpg(owner, signal.SIGKILL)


def _quiet() -> None:
    """Send what plugins print where nobody has to read it: a full pipe would stall them."""
    if os.environ.get(SHOW_OUTPUT):
        os.dup2(2, 1)
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def load_plugin(loaded: dict[str, Any], key: str, blob: tuple[str, Any]) -> dict[str, Any]:
    """Load a plugin and what it imports; return {"ready": key} or {"problem": why not}."""
    try:
        loaded[key] = _find(*blob)
        for module in loaded[key].imports:
            with suppress(ImportError):  # the reward itself says what is missing
                import_module(module)
    except (Exception, SystemExit) as error:  # reported to the parent, which names the plugin
        return {"problem": f"{type(error).__name__}: {error}"}
    return {"ready": key}


def _find(kind: str, payload: Any) -> Any:
    if kind == "ref":
        from rewards.registry import find_reward

        return find_reward(payload)
    return pickle.loads(payload)


def _score_chunk(send: Any, spec: Any, params: bytes, rows: Sequence[bytes], seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
    send(None)
    if spec.scale is not None:
        spec = spec.scaled(pickle.loads(params))
    if spec.batch:
        send(reply_batch(spec, params, rows))
        return
    for row in rows:
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
        send(reply_one(spec, params, row))


def reply_one(spec: Any, params: bytes, row: bytes) -> object:
    """Score one pickled row; return its score as plain values, or {"problem": why it cannot be read}."""
    from rewards.judge import judge

    try:
        return _plain(judge(spec, pickle.loads(params), pickle.loads(row)))
    except Exception as error:  # an object of a module that only the parent has
        return {"problem": f"{type(error).__name__}: {error}"}


def reply_batch(spec: Any, params: bytes, rows: Sequence[bytes]) -> object:
    """Score pickled rows in one call; return the list of their scores, or {"problem": ...}."""
    from rewards.judge import judge_batch

    try:
        scores = judge_batch(spec, pickle.loads(params), [pickle.loads(row) for row in rows])
        return [_plain(score) for score in scores]
    except Exception as error:
        return {"problem": f"{type(error).__name__}: {error}"}


def _plain(score: Any) -> list[Any]:
    return [score.value, score.status, dict(score.parts), score.reason, score.seconds]
