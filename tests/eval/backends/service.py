"""A small real HTTP server that speaks OpenAI's protocol, deterministic in (prompt, seed), and fails as it is told.

Its completion is a hexadecimal digest of prompt and seed, so that a test can tell what each sample must be.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = ("500", "429", "503 html", "silence", "reset", "cut short", "no json", "no end", "repeated", "empty")
SILENCE = 1.0


@dataclass
class Service:
    """What the server does, and what was asked of it.

    `fault(seed, attempt)` names the fault of a request's attempt, from 0, or is empty.
    """

    fault: Callable[[int, int], str] = lambda seed, attempt: ""
    delay: float = 0.0
    ignores_seeds: bool = False
    text_of: Callable[[Any, int], str] = field(default_factory=lambda: text_of)
    new_id: Callable[[], str] = lambda: f"c-{time.monotonic_ns()}-{threading.get_ident()}"
    bodies: list[dict[str, Any]] = field(default_factory=list)
    served: Counter[int] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    most_at_once: int = 0
    url: str = ""
    first: dict[str, Any] = field(default_factory=dict)
    first_at: float = math.inf
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_once: int = 0


def text_of(prompt: Any, seed: int) -> str:
    return hashlib.sha256(f"{json.dumps(prompt)}:{seed}".encode()).hexdigest()[:24]


@contextmanager
def running(service: Service) -> Iterator[Service]:
    handler = type("Bound", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that has given up is no news
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_POST(self) -> None:
        s = self.service
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with s.lock:
            s.at_once += 1
            s.most_at_once = max(s.most_at_once, s.at_once)
            attempt = sum(b["seed"] == body["seed"] for b in s.bodies)
            s.bodies.append(body)
            s.keys.add(self.headers.get("Authorization") or "")
        time.sleep(s.delay)
        fault = s.fault(body["seed"], attempt)
        with s.lock:
            s.happened[fault] += 1
            # Before the answer: its receiver may ask again while this thread still closes.
            s.at_once -= 1
        self._answer(body, fault)

    def _answer(self, body: dict[str, Any], fault: str) -> None:
        s = self.service
        if fault.partition(" ")[0].isdigit():
            return self._send(
                f"<html>{fault}</html>".encode(), int(fault.split()[0]), {"Retry-After": "0", "X": fault}
            )
        if fault == "silence":
            time.sleep(SILENCE)
        if fault == "reset":
            return self.connection.close()
        if fault == "no json":
            return self._send(b"<html>all is well</html>")
        found = self._completion(body)
        if fault == "repeated" and time.monotonic() < s.first_at + 0.2:  # the client may not have read it yet
            return self._send(b"", 500)
        if fault == "repeated":
            found = s.first or found
        if fault == "empty":
            found = {**found, "choices": []}
        if fault == "no end":
            found["choices"][0]["finish_reason"] = None
        content = _stream(found, fault) if body.get("stream") else json.dumps(found).encode()
        if not fault:
            with s.lock:
                s.served[body["seed"]] += 1
        self._send(content, cut=len(content) // 2 if fault == "cut short" else None)
        if not fault and not s.first:
            s.first, s.first_at = found, time.monotonic()
        return None

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        chat = "messages" in body
        prompt = body["messages"] if chat else body["prompt"]
        text = self.service.text_of(prompt, 0 if self.service.ignores_seeds else body["seed"])
        choice: dict[str, Any] = {"index": 0, "finish_reason": "length" if text[0] in "01" else "stop"}
        choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        if "logprobs" in body:
            values = [-0.5] * 24
            choice["logprobs"] = (
                {"content": [{"logprob": v} for v in values]} if chat else {"token_logprobs": values}
            )
        return {
            "id": self.service.new_id(),
            "choices": [choice, {**choice, "index": 1, "text": "not asked for"}],
            "usage": {"completion_tokens": 24, "prompt_tokens": 7},
        }

    def _send(
        self, content: bytes, status: int = 200, headers: dict[str, str] | None = None, cut: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:cut])

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _stream(found: dict[str, Any], fault: str) -> bytes:
    """Return a completion as server-sent events, three characters at a time."""
    if not found["choices"]:
        return b"data: [DONE]\n\n"
    choice = found["choices"][0]
    chat = "message" in choice
    text = choice["message"]["content"] if chat else choice["text"]
    pieces: list[dict[str, Any]] = []
    for start in range(0, len(text), 3):
        part = text[start : start + 3]
        delta = {"delta": {"content": part}} if chat else {"text": part}
        pieces.append({"id": found["id"], "choices": [{"index": 0, "finish_reason": None, **delta}]})
    pieces[-1]["choices"][0]["finish_reason"] = choice["finish_reason"]
    pieces.append({"id": found["id"], "choices": [], "usage": found["usage"]})
    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces]
    return (": a comment\n\n" + "".join(lines) + ("" if fault == "no end" else "data: [DONE]\n\n")).encode()


def plan(kinds: Sequence[str], most: int = 3) -> Callable[[int, int], str]:
    """Return a fault plan: each request fails 0 to `most` times, in ways chosen by its seed."""

    def fault(seed: int, attempt: int) -> str:
        digest = hashlib.sha256(f"{seed}".encode()).digest()
        return kinds[digest[attempt + 1] % len(kinds)] if attempt < digest[0] % (most + 1) else ""

    return fault
