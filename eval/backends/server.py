"""Any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, hosted models.

One request per sample, with the sample's own seed, so that any of them can be made again alone. A server that
ignores seeds still gives independent samples, but a resumed audit then does not equal an unbroken one.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from eval.backends.answer import Answer
from eval.backends.wire import Fault, Line
from eval.errors import EvalError
from eval.sampling import Prompt, Request, Sample, Sampling, marks_of, sample_seed

FLUSH_SECONDS = 5.0
"""Finished samples are handed on after this time, however few they are."""
UNIQUE_ID = re.compile(r"(?![A-Za-z_]+-.{0,15}$).{16,}")
"""A response id that no two responses share: 16 characters after a prefix as in `chatcmpl-417`, which comes again."""


@dataclass
class ServerBackend:
    """A model behind an OpenAI-compatible address (see `eval.backends.contract.Backend`).

    Args:
        url: base address, for example `http://localhost:8000/v1`.
        model: its name there.
        batch_size: samples handed on together.
        concurrency: requests under way at once.
        key_env: environment variable with the key; may be unset.
        extra: further fields of every request, for example `{"chat_template_kwargs": {...}}`.
        stream: ask for a stream, so that `timeout` is the silence between tokens.
        timeout, attempts, pause: see `eval.backends.wire.Line`.
    """

    url: str
    model: str
    batch_size: int = 64
    concurrency: int = 16
    key_env: str = "OPENAI_API_KEY"
    extra: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = False
    timeout: float = 600.0
    attempts: int = 8
    pause: float = 1.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise EvalError(f"`{self.url}` is no address; give one such as http://localhost:8000/v1.")
        if min(self.batch_size, self.concurrency, self.attempts) < 1 or not self.timeout > 0:
            raise EvalError("batch_size, concurrency and attempts must be at least 1, and timeout above 0.")
        self._line = Line(self.url, _key(self.key_env), self.timeout, self.attempts, self.pause)

    @property
    def chat(self) -> bool:
        """True: servers apply the model's template to chat turns."""
        return True

    def mark(self) -> dict[str, Any]:
        """Return the model's name and the extra fields; a server may move to another address."""
        return {"engine": "server", "name": self.model, "extra": dict(self.extra)}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Do nothing: the server knows its model's limits."""

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        """Yield samples as the server answers; after a failure first what was still under way."""
        work = _Work(self, requests, sampling, details)
        threads = [
            threading.Thread(target=work.run, name=f"sample-{i}", daemon=True)
            for i in range(min(self.concurrency, len(requests)))
        ]
        for thread in threads:
            thread.start()
        try:
            yield from work.collect(len(threads))
        finally:
            work.end()

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def _key(name: str) -> str:
    """Return the key in an environment variable, without space around it. Raises `EvalError`, which never shows it."""
    key = os.environ.get(name, "").strip()
    if not (key.isprintable() and all(ord(sign) < 256 for sign in key)):
        raise EvalError(
            f"the key in the environment variable {name} holds signs that no request can carry (a line break, a "
            "control character or letters outside Latin-1); copy it again."
        )
    return key


class _Work:
    """The requests of one call, shared by the threads that make them."""

    def __init__(
        self, backend: ServerBackend, requests: Sequence[Request], sampling: Sampling, details: bool
    ) -> None:
        self.backend, self.requests, self.sampling, self.details = backend, requests, sampling, details
        self.marks = marks_of(requests)
        self.todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        for position in range(len(requests)):
            self.todo.put(position)
        self.done: queue.Queue[Sample | Exception | None] = queue.Queue(
            4 * backend.batch_size + 2 * backend.concurrency
        )
        self.stop = threading.Event()
        self.seen: dict[str, tuple[int, int]] = {}
        self.ids_tell = True

    def run(self) -> None:
        """Make requests until there are none left, or one has failed for good; then say None."""
        try:
            while not self.stop.is_set():
                self.done.put(self._make(self.todo.get_nowait()))
        except queue.Empty:
            pass
        except Exception as error:  # handed to the caller's thread, which raises it
            self.stop.set()
            self.done.put(error)
        self.done.put(None)

    def end(self) -> None:
        """Let the threads end, also those that wait for room in the queue."""
        self.stop.set()
        with suppress(queue.Empty):
            while True:
                self.done.get_nowait()

    def collect(self, running: int) -> Iterator[list[Sample]]:
        """Yield what the threads make, in batches, until all have ended; then raise what went wrong first."""
        found: list[Sample] = []
        failure: Exception | None = None
        flushed = time.monotonic()
        while running:
            try:
                item = self.done.get(timeout=FLUSH_SECONDS)
                running -= item is None
                found += [item] if isinstance(item, Sample) else []
                if isinstance(item, Exception) and not isinstance(item, _Stopped):
                    failure = failure or item
            except queue.Empty:
                pass
            late = time.monotonic() - flushed >= FLUSH_SECONDS
            if found and (late or not running or len(found) >= self.backend.batch_size):
                yield found
                found, flushed = [], time.monotonic()
        if failure is not None:
            raise failure

    def _make(self, position: int) -> Sample:
        request = self.requests[position]
        path, body = self._body(request, sample_seed(self.sampling, self.marks[position], request.index))
        line = self.backend._line
        for attempt in range(line.attempts):
            try:
                answer = Answer.of(line.ask(path, body, self.stop), chat=not isinstance(request.prompt, str))
                self._refuse_repeated(position, answer)
                return answer.sample(position, request.index, self.details)
            except Fault as fault:
                if self.stop.is_set():
                    raise _Stopped from fault
                if attempt + 1 == line.attempts:
                    raise EvalError(
                        f"{line.url}: a request failed {line.attempts} times, at last with: {fault}. The samples "
                        "made so far are kept; the same command goes on."
                    ) from fault
                line.wait(attempt, fault, self.stop)
        raise AssertionError("attempts is at least 1")

    def _body(self, request: Request, seed: int) -> tuple[str, dict[str, Any]]:
        """Return where to send a request and what."""
        s, chat = self.sampling, not isinstance(request.prompt, str)
        body: dict[str, Any] = {"model": self.backend.model, "seed": seed, "temperature": s.temperature}
        body |= {"top_p": s.top_p, "max_tokens": s.max_new_tokens, **({"top_k": s.top_k} if s.top_k else {})}
        body |= (
            {"prompt": request.prompt}
            if isinstance(request.prompt, str)
            else {"messages": [*map(dict, request.prompt)]}
        )
        if self.details:
            body["logprobs"] = True if chat else 0
        if self.backend.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return "/chat/completions" if chat else "/completions", {**body, **self.backend.extra}

    def _refuse_repeated(self, position: int, answer: Answer) -> None:
        """Refuse one response given to two requests, as a cache between here and the server would do.

        Only an id made to be unique can tell that, and none does once one id has come with two texts. Where ids do
        not tell, a cache shows in the alarm of identical samples.
        """
        if not (self.ids_tell and answer.text and UNIQUE_ID.fullmatch(answer.id)):
            return
        mine = (position, hash(answer.text))
        first = self.seen.setdefault(answer.id, mine)
        if first[1] != mine[1]:
            self.ids_tell = False
        elif first != mine:
            raise Fault(
                f"the server gave the response {answer.id} to two requests; is there a cache in between?"
            )


class _Stopped(Exception):  # noqa: N818 - ends a thread; never shown
    """The call was ended while this request was under way."""
