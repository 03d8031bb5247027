"""The process that runs one reward at a time, started and killed by `rewards.runner`.

Frames on stdin are pickles from the parent; frames on stdout are JSON, so nothing a completion does to this
process can make the parent unpickle it. A kernel timer ends the process by itself should the parent be gone.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from typing import Any, BinaryIO

HEADER = struct.Struct(">Q")
GRACE = 5.0
"""Seconds past its deadline after which a request ends the process, should no parent be there to do it."""


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next frame, or None at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    return stream.read(HEADER.unpack(header)[0])


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one length-prefixed frame."""
    stream.write(HEADER.pack(len(payload)) + payload)
    stream.flush()


def main(memory_bytes: int) -> None:
    """Serve ("load", key, blob, seconds) and ("score", key, arguments, params, seconds) until stdin ends."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a plugin prints goes to stderr, never between the frames
    if memory_bytes:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    loaded: dict[str, Any] = {}
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        write_frame(replies, json.dumps(_answer(frame, loaded)).encode())


def _answer(frame: bytes, loaded: dict[str, Any]) -> dict[str, Any]:
    try:
        request = pickle.loads(frame)
    except Exception as error:  # an object of a module that only the parent has
        return {"problem": f"{type(error).__name__}: {error}"}
    signal.setitimer(signal.ITIMER_REAL, request[-1] + GRACE)
    reply = _serve(request, loaded)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return reply


def _serve(request: tuple[Any, ...], loaded: dict[str, Any]) -> dict[str, Any]:
    from rewards.judge import judge

    if request[0] == "load":
        _, key, blob, _ = request
        try:
            loaded[key] = _load(*blob)
            for module in loaded[key].imports:
                with suppress(ImportError):  # the reward itself says what is missing
                    import_module(module)
        except Exception as error:  # reported to the parent, which names the plugin
            return {"problem": f"{type(error).__name__}: {error}"}
        return {"ready": key}
    _, key, arguments, params, _ = request
    return asdict(judge(loaded[key], params, arguments))


def _load(kind: str, payload: Any) -> Any:
    if kind == "ref":
        from rewards.registry import find_reward

        return find_reward(payload)
    return pickle.loads(payload)
