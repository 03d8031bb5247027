"""The runner on Ray: `limits.runner: ray`, for who outgrows one machine. Same order, statuses and deadlines.

Each worker is an actor with one CPU, killed at the deadline and replaced. An actor sees one sample at a time, so a
cheap reward is slower than with local workers; the gain is the number of machines. Files that hold rewards must be
readable under the same path on every node. What a reward prints goes to Ray's logs.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rewards._child import MIB, START_SECONDS, Child, Died, Hung, Job
from rewards.errors import RewardError
from rewards.runner import Runner

KILLED = -9


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise RewardError(
            "runner `ray` needs Ray, which is not installed: pip install 'reasoners[ray]', "
            "or leave the runner at `local`."
        ) from error
    return ray


class _Judge:
    """What an actor does; the counterpart of `rewards._worker` without its pipe."""

    def __init__(self, paths: list[str], memory_mb: int) -> None:
        sys.path.extend(path for path in paths if path not in sys.path)
        self.loaded: dict[str, Any] = {}
        if memory_mb:
            import resource

            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = (
                pages * resource.getpagesize() + memory_mb * MIB
            )  # Ray's own mappings are not the reward's
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def load(self, request: bytes) -> dict[str, Any]:
        """Load a plugin; say what is wrong with it."""
        from rewards._worker import load_plugin

        _, key, blob, _ = pickle.loads(request)
        return load_plugin(self.loaded, key, blob)

    def score(self, key: str, params: bytes, rows: Sequence[bytes]) -> Any:
        """Return the reply for one sample, or for one batch of a reward of batch form."""
        from rewards._worker import reply_batch, reply_one

        spec = self.loaded[key]
        return reply_batch(spec, params, rows) if spec.batch else reply_one(spec, params, rows[0])


class RayChild(Child):
    """One actor, with the manners of a local worker."""

    def __init__(self, memory_mb: int) -> None:
        ray = _ray()
        self._ray = ray
        make = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Judge)
        self._actor = make.remote(list(sys.path), memory_mb)
        self.loaded: set[str] = set()
        self.struck = False
        self._gone = False

    @property
    def alive(self) -> bool:
        """Whether nothing has been heard of its end."""
        return not self._gone

    def _ask(self, call: Any, seconds: float) -> Any:
        try:
            return self._ray.get(call, timeout=seconds)
        except self._ray.exceptions.GetTimeoutError as error:
            raise Hung from error
        except self._ray.exceptions.RayError as error:
            self._gone = True
            raise Died from error

    def prepare(self, job: Job) -> str | None:
        """Load the plugin, once. Return the problem, if any. Raises `Died` or `Hung`."""
        if job.key in self.loaded:
            return None
        return self._loaded(job.key, self._ask(self._actor.load.remote(job.load), START_SECONDS))

    def score(self, job: Job, rows: Sequence[bytes]) -> Iterator[Any]:
        """Yield None, then one reply a sample. Raises `Died` or `Hung`."""
        yield None
        for part in [list(rows)] if job.spec.batch else [[row] for row in rows]:
            yield self._ask(self._actor.score.remote(job.key, job.params, part), job.deadline)

    def strike(self) -> None:
        """Kill the actor; the thread that waits for it hears of its end."""
        self.struck = True
        self._kill()

    def kill(self, grace: float = 0.0) -> int:
        """Kill the actor. Its own exit status is not known here."""
        self._gone = True
        self._kill()
        return KILLED

    def _kill(self) -> None:
        with suppress(Exception):  # Ray may be shut down by now
            self._ray.kill(self._actor)


class RayRunner(Runner):
    """A pool of actors.

    Args:
        workers: number of actors, one CPU each; by default, and at most, the CPUs of the cluster.
        deadline: seconds one sample may take.
        memory_mb: address space of an actor beyond what Ray itself maps, in MiB; 0 = unlimited.
        cache: a file that keeps scores, on this machine.

    A local Ray is started if none is connected. Raises `RewardError` if Ray is not installed.
    """

    def __init__(
        self,
        workers: int | None = None,
        deadline: float = 5.0,
        memory_mb: int = 4096,
        cache: Path | str | None = None,
    ) -> None:
        ray = _ray()
        if not ray.is_initialized():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        super().__init__(min(workers or cores, cores), deadline, memory_mb, cache)

    def _child(self) -> Child:
        return RayChild(self.memory_mb)

    def _stand_by(self, job: Job) -> None:
        """Start nothing ahead: a spare actor would hold a CPU that the next worker waits for."""


def make_runner(
    kind: str = "local",
    workers: int | None = None,
    deadline: float = 5.0,
    memory_mb: int = 4096,
    cache: Path | str | None = None,
) -> Runner:
    """Return the runner that a config names: "local" or "ray". Raises `RewardError`."""
    if kind not in ("local", "ray"):
        raise RewardError(f"unknown runner `{kind}`. Known: local, ray.")
    return (RayRunner if kind == "ray" else Runner)(workers, deadline, memory_mb, cache)
