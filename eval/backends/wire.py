"""One request to a server, with all that can go wrong on the way: silence, 429 and 500, an answer cut short.

What may pass is tried again, after a pause that doubles; what cannot (a wrong key, an unknown model) is an error at
once. A failed attempt leaves nothing behind, so trying again doubles nothing.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from eval.errors import EvalError

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
LONGEST_PAUSE = 60.0


class Fault(Exception):  # noqa: N818 - a state of the line, never shown to a user
    """An attempt that failed and may succeed when tried again; `pause` is what the server asks for."""

    def __init__(self, text: str, pause: float | None = None) -> None:
        super().__init__(text)
        self.pause = pause


@dataclass(frozen=True)
class Line:
    """The way to a server.

    Attributes:
        url: base address, for example `http://localhost:8000/v1`.
        key: sent as a bearer token; empty = none.
        timeout: seconds of silence after which an attempt counts as failed.
        attempts: how often a request is made in all.
        pause: seconds before the second attempt; doubled each time.
    """

    url: str
    key: str = ""
    timeout: float = 600.0
    attempts: int = 8
    pause: float = 1.0

    def ask(self, path: str, body: Mapping[str, Any], stop: threading.Event) -> Iterator[dict[str, Any]]:
        """Yield the JSON objects of one attempt's answer: one, or with `stream` in the body one per event.

        Raises:
            Fault: the attempt failed and may be made again.
            EvalError: the server refuses the request.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "reasoners"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = json.dumps(body, ensure_ascii=True).encode()
        request = urllib.request.Request(f"{self.url.rstrip('/')}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                yield from _events(answer, stop) if body.get("stream") else [_object(answer.read())]
        except urllib.error.HTTPError as error:
            raise _refusal(error, request.full_url) from error
        except (OSError, http.client.HTTPException) as error:
            raise Fault(f"{type(error).__name__}: {error}") from error

    def wait(self, attempt: int, fault: Fault, stop: threading.Event) -> None:
        """Pause after the failed attempt number `attempt`, from 0; a stop ends the pause."""
        longest = min(LONGEST_PAUSE, self.pause * 2**attempt)
        asked = 0.0 if fault.pause is None else min(fault.pause, LONGEST_PAUSE)
        stop.wait(max(asked, longest * (0.5 + random.random() / 2)))


def _events(answer: IO[bytes], stop: threading.Event) -> Iterator[dict[str, Any]]:
    """Yield the objects of a stream of server-sent events. Raises `Fault` where it ends without saying so."""
    for line in answer:
        if stop.is_set():
            raise Fault("stopped")
        name, _, value = line.decode("utf-8", "replace").strip().partition(":")
        if name != "data":
            continue
        if value.strip() == "[DONE]":
            return
        yield _object(value.encode())
    raise Fault("the stream ended before its end mark")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Fault(f"the answer is not JSON, or cut short ({error})") from error
    if not isinstance(found, dict):
        raise Fault(f"the answer is no object but {type(found).__name__}")
    if found.get("error"):
        raise Fault(f"the server says: {str(found['error'])[:300]}")
    return found


def _refusal(error: urllib.error.HTTPError, url: str) -> Exception:
    try:
        said = error.read(2000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    if error.code in PASSING:
        asked = (error.headers.get("Retry-After") or "").strip()
        return Fault(f"HTTP {error.code} {said[:200]}", float(asked) if asked.isdecimal() else None)
    hint = {
        401: " Set the environment variable that holds the key.",
        404: " Check the address and the model.",
    }
    return EvalError(
        f"{url} answers HTTP {error.code}: {said[:500] or error.reason}.{hint.get(error.code, '')}"
    )
