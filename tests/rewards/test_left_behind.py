"""Rewards that fork, and rewards that leave processes and threads behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewards import BoundReward, Runner, Status, load_reward

PLUGIN = '''
import multiprocessing, os, threading, time
from rewards import group_reward, reward


def leave(word):
    if word == "fork": os.fork()
    if word == "fork and raise" and os.fork() == 0: raise KeyError("the copy")
    if word == "child" and os.fork() == 0: time.sleep(1000)
    if word == "process": multiprocessing.Process(target=time.sleep, args=(1000,)).start()
    if word == "thread": threading.Thread(target=time.sleep, args=(1000,)).start()
    if word == "orphan":
        if os.fork() == 0: time.sleep(1000)
        os._exit(3)


@reward("isolated", range=(0.0, 1e9))
def isolated(completion: str) -> float:
    """Leave something behind and say which group this is."""
    leave(completion)
    return float(os.getpgid(0))


@reward("inline", cost="inline")
def inline(completion: str) -> float:
    """Fork in the caller's process."""
    leave(completion)
    return 1.0


@reward("batch", batch=True, cost="inline")
def batch(completion: list[str]) -> list[float]:
    """Fork in the caller's process."""
    leave(completion[0])
    return [1.0] * len(completion)


@reward("awaited")
async def awaited(completion: str) -> float:
    """Fork on the event loop's thread."""
    leave(completion)
    return 1.0


@group_reward("group")
def group(rollouts, scores) -> list[float]:
    """Fork in the caller's process."""
    leave(rollouts[0].completion)
    return [1.0] * len(rollouts)
'''

SCRIPT = """
import sys
from rewards import Rollout, Runner, load_reward

bound = load_reward(f"act.py:{sys.argv[1]}")
bound.runner = Runner(workers=1)
if bound.spec.group:
    found = bound.score_group([Rollout(sys.argv[2])] * 2, [0.0, 0.0])
else:
    found = bound.score_batch([{"completion": sys.argv[2]}] * 2)
print([s.value for s in found], flush=True)
if len(sys.argv) > 3:
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "act.py").write_text(PLUGIN)
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


@pytest.fixture
def isolated(folder: Path) -> Iterator[BoundReward]:
    bound = load_reward(f"{folder / 'act.py'}:isolated")
    bound.runner = Runner(workers=1, deadline=2.0)
    yield bound
    bound.runner.close()


def left_of(group: int) -> list[str]:
    """Return the living processes of a process group, waiting a while for them to end."""
    until = time.monotonic() + 10
    while (found := list(_living(group))) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _living(group: int) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, owner = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(owner) == group and state != "Z":
                yield entry.name


@pytest.mark.parametrize("word", ["fork", "fork and raise"])
@pytest.mark.parametrize("name", ["inline", "batch", "awaited", "group", "isolated"])
def test_the_copy_of_a_caller_that_a_reward_forked_ends_at_once(folder: Path, name: str, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "script.py", name, word],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    if name != "isolated":
        assert done.stdout == "[1.0, 1.0]\n"


@pytest.mark.parametrize("word", ["child", "process", "thread"])
def test_what_a_reward_leaves_behind_ends_with_its_worker(isolated: BoundReward, word: str) -> None:
    group = isolated.score(completion=word).value
    assert group is not None
    assert len(list(_living(int(group)))) == (1 if word == "thread" else 2)
    assert isolated.score(completion="fine").value == group
    assert isolated.runner is not None
    isolated.runner.close()
    assert left_of(int(group)) == []


@pytest.mark.parametrize("word", ["child", "process", "thread"])
def test_what_a_reward_leaves_behind_ends_with_a_killed_caller(folder: Path, word: str) -> None:
    caller = subprocess.Popen(
        [sys.executable, "script.py", "isolated", word, "wait"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert caller.stdout is not None
    group = int(float(caller.stdout.readline().strip("[]\n").split(",")[0]))
    caller.send_signal(signal.SIGKILL)
    caller.communicate(timeout=10)
    assert left_of(group) == []


def test_a_worker_that_dies_is_an_error_though_its_child_holds_the_pipe(isolated: BoundReward) -> None:
    found = isolated.score_batch([{"completion": word} for word in ("fine", "orphan", "fine")])
    assert [s.status for s in found] == [Status.SCORED, Status.ERROR, Status.SCORED]
    assert found[1].reason == "the reward ended its worker process (exit status 3)"
