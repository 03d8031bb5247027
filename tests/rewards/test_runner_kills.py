"""Workers that are killed from outside, that kill themselves, and that leave things behind."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from rewards import BoundReward, Rollout, Runner, Status, load_reward

PLUGIN = '''
import os, signal, subprocess, sys, time
from rewards import reward


@reward("act", range=(0.0, 1000.0))
def act(completion: str) -> float:
    """Do what the completion says."""
    word, _, rest = completion.partition(" ")
    if word == "slow": time.sleep(0.02); return float(rest)
    if word == "once":
        if not os.path.exists(rest):
            open(rest, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0
    if word == "log":
        with open(rest, "a") as file: file.write("begun\\n")
        os._exit(3)
    if word == "fork": return 2.0 if os.fork() == 0 else 1.0
    if word == "forks":
        for _ in range(5):
            if os.fork() == 0: time.sleep(1000)
        with open(rest, "w") as file: file.write(str(os.getpgid(0)))
        time.sleep(1000)
    if word == "megabytes":
        for _ in range(8): os.write(1, b"x" * (1 << 20)); os.write(2, b"y" * (1 << 20))
        return 1.0
    if word == "hang": time.sleep(1000)
    return float(word)


@reward("mutates", range=(0.0, 10.0))
def mutates(completion: str, things: list, *, more: list = []) -> float:
    """Change what it is given."""
    things.append(1); more.append(1)
    return float(len(things) + len(more))


@reward("whole")
def whole(rollout) -> float:
    """Look at the whole rollout."""
    return float(rollout.columns["answer"] == rollout.completion)
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kills") / "act.py"
    path.write_text(PLUGIN)
    return path


def bind(
    plugin: Path, name: str = "act", workers: int = 2, deadline: float = 5.0, **params: object
) -> BoundReward:
    bound = load_reward(f"{plugin}:{name}", **params)
    bound.runner = Runner(workers, deadline)
    return bound


def rows(words: list[str]) -> list[dict[str, str]]:
    return [{"completion": word} for word in words]


def close(bound: BoundReward) -> None:
    assert bound.runner is not None
    bound.runner.close()


def worker_pids(bound: BoundReward) -> list[int]:
    assert bound.runner is not None
    return [child.process.pid for child in bound.runner._all]


def test_workers_killed_at_random_from_outside_lose_no_sample_and_change_no_score(plugin: Path) -> None:
    bound = bind(plugin)
    chosen, done, kills = random.Random(0), threading.Event(), 0

    def kill_some() -> None:
        nonlocal kills
        while not done.wait(0.3):
            pids = worker_pids(bound)
            if pids:
                os.kill(chosen.choice(pids), signal.SIGKILL)
                kills += 1

    killer = threading.Thread(target=kill_some)
    killer.start()
    found = bound.score_batch(rows([f"slow {i}" if i % 2 else str(i) for i in range(400)]))
    done.set()
    killer.join()
    close(bound)
    assert kills >= 5
    assert [(s.value, s.status.value) for s in found] == [(float(i), "scored") for i in range(400)]


def test_a_sample_whose_worker_is_killed_once_is_scored(plugin: Path, tmp_path: Path) -> None:
    bound = bind(plugin, workers=1)
    found = bound.score_batch(rows(["1", f"once {tmp_path / 'mark'}", "3"]))
    assert [s.value for s in found] == [1.0, 1.0, 3.0]
    close(bound)


def test_a_reward_that_ends_its_process_each_time_is_an_error_after_one_repetition(
    plugin: Path, tmp_path: Path
) -> None:
    bound = bind(plugin)
    found = bound.score_batch(rows(["1", f"log {tmp_path / 'log'}", "3"]))
    assert [s.value for s in found] == [1.0, None, 3.0]
    assert found[1].reason == "the reward ended its worker process (exit status 3)"
    assert (tmp_path / "log").read_text() == "begun\n" * 2
    close(bound)


def test_a_fork_that_comes_back_has_nothing_to_say(plugin: Path) -> None:
    bound = bind(plugin, workers=1)
    assert [s.value for s in bound.score_batch(rows(["fork", "5", "fork", "6"] * 5))] == [
        1.0,
        5.0,
        1.0,
        6.0,
    ] * 5
    close(bound)


def alive_in_group(group: int) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, pgrp = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(pgrp) == group and state != "Z":
                found.append(entry.name)
    return found


def test_children_of_a_plugin_die_with_its_worker(plugin: Path, tmp_path: Path) -> None:
    bound = bind(plugin, workers=1, deadline=1.0)
    assert bound.score(completion=f"forks {tmp_path / 'group'}").status is Status.TIMEOUT
    group = int((tmp_path / "group").read_text())
    until = time.monotonic() + 10
    while alive_in_group(group) and time.monotonic() < until:
        time.sleep(0.05)
    assert alive_in_group(group) == []
    close(bound)


def test_megabytes_of_output_stall_nobody(plugin: Path) -> None:
    bound = bind(plugin)
    assert [s.value for s in bound.score_batch(rows(["megabytes", "2"] * 4))] == [1.0, 2.0] * 4
    close(bound)


def test_what_a_plugin_changes_reaches_neither_the_caller_nor_the_next_sample(plugin: Path) -> None:
    bound = bind(plugin, "mutates", more=[7])
    given = [{"completion": "", "things": [1, 2]} for _ in range(20)]
    assert [s.value for s in bound.score_batch(given)] == [5.0] * 20
    assert all(row["things"] == [1, 2] for row in given)
    close(bound)


def test_a_whole_rollout_travels(plugin: Path) -> None:
    bound = bind(plugin, "whole")
    found = bound.score_rollouts([Rollout(c, columns={"answer": "a"}) for c in "ab"])
    assert [s.value for s in found] == [1.0, 0.0]
    close(bound)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_scores_do_not_depend_on_the_number_of_workers(plugin: Path, workers: int) -> None:
    bound = bind(plugin, workers=workers, deadline=1.0)
    words = ["hang" if i == 77 else str(i) for i in range(300)]
    found = [(s.value, s.status.value, s.reason) for s in bound.score_batch(rows(words))]
    close(bound)
    expected = [(float(i), "scored", "") for i in range(300)]
    expected[77] = (0.0, "timeout", "no verdict within 1 s")
    assert found == expected


def test_a_large_batch_does_not_lie_in_the_pipes(plugin: Path) -> None:
    """64 MiB of rows, in chunks of one: back-pressure by the reader."""
    bound = bind(plugin)
    found = bound.score_batch([{"completion": f"{i} " + "x" * (1 << 20)} for i in range(64)])
    assert [s.value for s in found] == [float(i) for i in range(64)]
    close(bound)


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("close_it", [True, False])
def test_rounds_of_kills_leak_no_descriptor_and_no_process(plugin: Path, close_it: bool) -> None:
    before = open_files()
    for _ in range(3):
        bound = bind(plugin, deadline=0.3)
        for _ in range(2):
            assert [s.value for s in bound.score_batch(rows(["hang", "1", "2", "hang"]))] == [
                0.0,
                1.0,
                2.0,
                0.0,
            ]
        if close_it:
            close(bound)
            assert worker_pids(bound) == []
        del bound
    assert open_files() <= before + 2


def test_close_while_another_thread_scores_harms_nothing(plugin: Path) -> None:
    bound = bind(plugin)
    done = threading.Event()

    def close_often() -> None:
        while not done.wait(1.0):
            close(bound)

    closer = threading.Thread(target=close_often)
    closer.start()
    found = bound.score_batch(rows([f"slow {i}" for i in range(120)]))
    done.set()
    closer.join()
    close(bound)
    assert [s.value for s in found] == [float(i) for i in range(120)]


def test_asyncio_scores_batches_side_by_side_while_its_loop_goes_on(plugin: Path) -> None:
    bound = bind(plugin, deadline=1.0)

    async def main() -> list[list[float | None]]:
        batches = [bound.ascore_batch(rows(["hang", str(i)])) for i in range(3)]
        return [[s.value for s in found] for found in await asyncio.gather(*batches)]

    assert asyncio.run(main()) == [[0.0, float(i)] for i in range(3)]
    close(bound)


def test_a_plugin_that_ends_every_worker_while_it_loads_is_named(tmp_path: Path) -> None:
    path = tmp_path / "fatal.py"
    path.write_text(
        f"import os\nfrom rewards import reward\nif os.getpid() != {os.getpid()}: os._exit(4)\n"
        "@reward('fatal')\ndef fatal(completion: str) -> float:\n    return 1.0\n"
    )
    bound = load_reward(str(path))
    with Runner(workers=2) as runner:
        bound.runner = runner
        found = bound.score_batch(rows([""] * 50))
    assert {s.status for s in found} == {Status.ERROR}
    assert all(
        "ended its worker process while it was being loaded (exit status 4)" in s.reason for s in found
    )


def test_a_parameter_that_cannot_travel_is_refused(plugin: Path) -> None:
    bound = bind(plugin, "mutates", more=[threading.Lock()])
    with pytest.raises(Exception, match="its parameters cannot be sent to a worker process"):
        bound.score(completion="", things=[])
