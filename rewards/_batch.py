"""One call of the runner: which samples wait, which came back, and what a lost worker means for them.

Samples go to the workers in chunks of about `CHUNK_SECONDS` of work, so that cheap ones cost no round trip each
and dear ones are spread evenly. A chunk cut short by a kill keeps what came back; the rest waits again.
"""

from __future__ import annotations

import pickle
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rewards._child import Child, Died, Hung, Job
from rewards.contract import Score, Status
from rewards.define import floor_score
from rewards.judge import failed

CHUNK_SECONDS = 0.02
CHUNK_SAMPLES = 256
CHUNK_BYTES = 1 << 20
"""A chunk holds no more than this, unless a single sample does: a large batch never lies in memory twice."""
TRIES = 2
"""How often a sample is begun before a worker that ends under it is the reward's doing."""
TRIES_OUTSIDE = 4
"""The same where the ending looks like someone else's (kill -9, the system's out-of-memory killer)."""
OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP)
START_DEATHS = 5
"""Workers in a row that may end before any sample began."""


class Batch:
    """The samples of one call, shared by the threads that serve it."""

    def __init__(self, job: Job, arguments: Sequence[Mapping[str, Any]], workers: int) -> None:
        self.job, self.arguments, self.workers = job, arguments, workers
        self.found: list[Score | None] = [None] * len(arguments)
        self.busy: set[Child] = set()
        self._waiting = deque(range(len(arguments)))
        self._alone: set[int] = set()
        self._deaths: Counter[int] = Counter()
        self._start_deaths = 0
        self._in_flight = 0
        self._pace: float | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def results(self) -> list[Score]:
        """Return one score per sample, in order."""
        return [score or failed("was never scored: the batch was stopped") for score in self.found]

    def take(self) -> list[int]:
        """Return the next chunk; wait while others may give samples back; empty = nothing is left."""
        with self._changed:
            while not self._waiting and self._in_flight and not self._stopped:
                self._changed.wait()
            if self._stopped or not self._waiting:
                return []
            size = 1 if self._waiting[0] in self._alone else self._size()
            chunk = [self._waiting.popleft() for _ in range(size)]
            self._in_flight += len(chunk)
            return chunk

    def _size(self) -> int:
        fair = max(1, len(self._waiting) // (2 * self.workers))
        if self.job.spec.batch:
            share = -(-len(self.found) // self.workers)
            return min(CHUNK_SAMPLES, share, len(self._waiting))
        if self._pace is None:
            return 1
        return max(1, min(CHUNK_SAMPLES, fair, int(CHUNK_SECONDS / max(self._pace, 1e-6))))

    def stop(self) -> None:
        """Let every thread end: no chunk is given out any more, and no worker is left to wait for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            for child in self.busy:
                child.strike()

    def refuse(self, reason: str, chunk: Sequence[int]) -> None:
        """Fail these samples and all that wait: no worker can score this reward."""
        with self._changed:
            for index in (*chunk, *self._waiting):
                self.found[index] = failed(reason)
            self._waiting.clear()
            self._in_flight -= len(chunk)
            self._changed.notify_all()

    def serve(self, child: Child, chunk: list[int]) -> bool:
        """Score a chunk on a worker; return whether the worker can be used again."""
        with self._changed:
            self.busy.add(child)
            if self._stopped:
                child.strike()
        try:
            return self._ready(child, chunk) and self._score(child, chunk)
        finally:
            with self._changed:
                self.busy.discard(child)

    def _ready(self, child: Child, chunk: list[int]) -> bool:
        name = self.job.spec.name
        try:
            problem = child.prepare(self.job)
        except Hung:
            self.refuse(f"reward `{name}` took too long while it was being loaded", chunk)
            return False
        except Died:
            how = _ending(child.kill(grace=1.0))
            reason = f"reward `{name}` ended its worker process while it was being loaded ({how})"
            self._start_died(child, reason, chunk)
            return False
        if problem is not None:
            self.refuse(f"reward `{name}` does not load in a worker: {problem}", chunk)
        return problem is None

    def _start_died(self, child: Child, reason: str, chunk: list[int]) -> None:
        self._start_deaths += not child.struck
        if self._start_deaths >= START_DEATHS:
            self.refuse(reason, chunk)
        else:
            self._give_back(chunk, len(chunk))

    def _score(self, child: Child, chunk: list[int]) -> bool:
        sent, rows = self._pickled(chunk)
        if not sent:
            return True
        begin, started, done = time.monotonic(), False, 0
        try:
            for reply in child.score(self.job, rows):
                if started:
                    done += self._keep(sent[done:], reply)
                started = True
        except Hung:
            reason = f"no verdict within {self.job.deadline:g} s"
            late = floor_score(self.job.spec, Status.TIMEOUT, reason, self.job.deadline)
            done += self._blame(sent[done:], late) if started else 0
        except Died:
            status = child.kill(grace=1.0)
            if not started:
                self._start_died(child, f"worker processes end before they begin ({_ending(status)})", sent)
                return False
            dead = failed(f"the reward ended its worker process ({_ending(status)})")
            if not child.struck:
                done += self._blame(sent[done:], dead, TRIES_OUTSIDE if status in OUTSIDE else TRIES)
        else:
            self._learn(len(sent), time.monotonic() - begin)
            self._give_back([], len(sent))
            return True
        self._start_deaths = 0
        self._give_back(sent[done:], len(sent))
        return False

    def _pickled(self, chunk: list[int]) -> tuple[list[int], list[bytes]]:
        """Pickle a chunk up to its limit of bytes; what is beyond it waits again."""
        sent: list[int] = []
        rows: list[bytes] = []
        total = 0
        for at, index in enumerate(chunk):
            if total > CHUNK_BYTES:
                self._give_back(chunk[at:], len(chunk) - at)
                break
            try:
                row = pickle.dumps(dict(self.arguments[index]))
            except Exception as error:  # whatever a column's own __reduce__ raises
                self.found[index] = failed(f"the row cannot be sent to a worker: {error}")
                self._give_back([], 1)
                continue
            sent.append(index)
            rows.append(row)
            total += len(row)
        return sent, rows

    def _keep(self, waiting: list[int], reply: Any) -> int:
        """Keep one reply, of one sample or of a whole batch; return how many samples it answers."""
        if self.job.spec.batch and isinstance(reply, list) and len(reply) == len(waiting):
            for index, one in zip(waiting, reply, strict=True):
                self.found[index] = _read(one)
            return len(waiting)
        answered = waiting if self.job.spec.batch else waiting[:1]
        for index in answered:
            self.found[index] = _read(reply)
        return len(answered)

    def _blame(self, unfinished: list[int], fate: Score, tries: int = 1) -> int:
        """Charge a lost worker to the sample it was at; return how many samples that settles (0 or 1)."""
        if not unfinished:
            return 0
        if self.job.spec.batch and len(unfinished) > 1:
            self._alone.update(unfinished)  # which one it was is not known: each is tried by itself
            return 0
        index = unfinished[0]
        self._deaths[index] += 1
        if self._deaths[index] < tries:
            return 0
        self.found[index] = fate
        return 1

    def _learn(self, samples: int, seconds: float) -> None:
        pace = seconds / samples
        self._pace = pace if self._pace is None else 0.5 * self._pace + 0.5 * pace

    def _give_back(self, samples: Sequence[int], taken: int) -> None:
        """Return `taken` samples from flight, of which `samples` wait again, first in the line."""
        with self._changed:
            self._waiting.extendleft(reversed(samples))
            self._in_flight -= taken
            self._changed.notify_all()


def _read(reply: Any) -> Score:
    if isinstance(reply, dict) and "problem" in reply:
        return failed(f"a worker cannot read the row: {reply['problem']}")
    try:
        value, status, parts, reason, seconds = reply
        return Score(value, Status(status), parts, reason, seconds)
    except (TypeError, ValueError):
        return failed("the worker's reply cannot be read: the reward writes into its pipe")


def _ending(status: int) -> str:
    with suppress(ValueError):
        if status < 0:
            return f"signal {signal.Signals(-status).name}"
    return f"exit status {status}"
