"""The runner against everything a plugin or a completion can do to it. Real processes, real kills."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rewards import BoundReward, Runner, Score, Status, load_reward, reward

PLUGIN = '''
import ctypes, os, subprocess, sys, threading, time
from rewards import BadReference, Score, Status, reward


def act(word):
    if word == "hang":
        while True: pass
    if word == "sleep": time.sleep(1000)
    if word == "hang in C": pow(7, 10**9)
    if word == "hang holding memory":
        x = bytearray(50 << 20); time.sleep(1000)
    if word == "child":
        subprocess.Popen(["sleep", "1000"]); time.sleep(1000)
    if word == "_exit": os._exit(3)
    if word == "exit": sys.exit("bye")
    if word == "segfault": ctypes.string_at(0)
    if word == "kill": os.kill(os.getpid(), 9)
    if word == "memory": bytearray(8 << 30)
    if word == "list memory":
        x = [0] * (1 << 22)
        while True: x = x * 64
    if word == "recursion": act(word) + 1
    if word == "raise": raise KeyError("no such thing")
    if word == "interrupt": raise KeyboardInterrupt
    if word == "bad reference": raise BadReference("no gold")
    if word == "nan": return float("nan")
    if word == "inf": return float("inf")
    if word == "text": return "1.0"
    if word == "none": return None
    if word == "huge": return 10 ** 400
    if word == "high": return 1.5
    if word == "list": return [1.0]
    if word == "bad status": return Score(1.0, "fine")
    if word == "bad parts": return Score(1.0, parts={"a": "b"})
    if word == "floor": return Score(0.7, Status.UNPARSED, reason="nothing there")
    if word == "print": print("x" * 200_000); sys.stdout.flush(); os.write(1, b"noise"); return 1.0
    if word == "long reason": return Score(0.5, reason="r" * 10**6)
    if word == "parts": return Score(0.5, parts={str(i): i for i in range(20_000)})
    if word.startswith("value "): return float(word[6:])
    return 1.0


@reward("act", deadline=None)
def acting(completion: str) -> float:
    """Do what the completion says."""
    return act(completion)


@reward("row")
def row(completion: str, thing) -> float:
    """Look at a column."""
    return 1.0


@reward("pid")
def pid(completion: str) -> Score:
    """Say which process this is."""
    return Score(1.0, parts={"pid": os.getpid()})
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "acting.py"
    path.write_text(PLUGIN)
    return path


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner(workers=2, deadline=1.0, memory_mb=1024)
    yield made
    made.close()


@pytest.fixture(scope="module")
def acting(plugin: Path, runner: Runner) -> BoundReward:
    bound = load_reward(f"{plugin}:acting")
    bound.runner = runner
    return bound


def scores(bound: BoundReward, words: list[str]) -> list[Score]:
    return bound.score_batch([{"completion": word} for word in words])


FATES = {
    "hang": (0.0, Status.TIMEOUT, "no verdict within 1 s"),
    "sleep": (0.0, Status.TIMEOUT, "no verdict within 1 s"),
    "hang in C": (0.0, Status.TIMEOUT, "no verdict within 1 s"),
    "hang holding memory": (0.0, Status.TIMEOUT, "no verdict within 1 s"),
    "child": (0.0, Status.TIMEOUT, "no verdict within 1 s"),
    "memory": (0.0, Status.TIMEOUT, "ran past the memory limit"),
    "list memory": (0.0, Status.TIMEOUT, "ran past the memory limit"),
    "recursion": (0.0, Status.TIMEOUT, "ran past the recursion limit"),
    "floor": (0.0, Status.UNPARSED, "nothing there"),
    "bad reference": (None, Status.BAD_REFERENCE, "no gold"),
    "none": (None, Status.NOT_APPLICABLE, ""),
    "_exit": (None, Status.ERROR, "exit status 3"),
    "exit": (None, Status.ERROR, "SystemExit: bye"),
    "segfault": (None, Status.ERROR, "signal SIGSEGV"),
    "kill": (None, Status.ERROR, "signal SIGKILL"),
    "interrupt": (None, Status.ERROR, "signal SIGINT"),
    "raise": (None, Status.ERROR, "KeyError: 'no such thing'"),
    "nan": (None, Status.ERROR, "returned nan"),
    "inf": (None, Status.ERROR, "returned inf"),
    "text": (None, Status.ERROR, "returned '1.0' instead of a number"),
    "huge": (None, Status.ERROR, "instead of a number"),
    "high": (None, Status.ERROR, "returned 1.5, outside its declared range [0, 1]"),
    "list": (None, Status.ERROR, "returned [1.0] instead of a number"),
    "bad status": (None, Status.ERROR, "bad status"),
    "bad parts": (None, Status.ERROR, "bad status or part"),
}


@pytest.mark.parametrize("word", FATES)
def test_one_bad_sample_gets_its_status_and_harms_no_neighbour(acting: BoundReward, word: str) -> None:
    found = scores(acting, ["value 0.25", word, "value 0.5", "value 0.75"])
    assert [found[i].value for i in (0, 2, 3)] == [0.25, 0.5, 0.75]
    value, status, reason = FATES[word]
    assert (found[1].value, found[1].status) == (value, status)
    assert reason in found[1].reason


def test_many_samples_keep_their_order(acting: BoundReward) -> None:
    values = [(i * 37 % 100) / 100 for i in range(300)]
    assert [s.value for s in scores(acting, [f"value {v}" for v in values])] == values


def test_output_of_a_plugin_does_not_reach_the_replies(acting: BoundReward) -> None:
    assert [s.value for s in scores(acting, ["print", "value 0.5", "print", "print"])] == [1.0, 0.5, 1.0, 1.0]


def test_long_reasons_are_cut_and_many_parts_come_through(acting: BoundReward) -> None:
    cut, parts = scores(acting, ["long reason", "parts"])
    assert len(cut.reason) == 500
    assert len(parts.parts) == 20_000
    assert parts.parts["19999"] == 19999.0


def test_a_row_that_cannot_be_pickled_is_an_error_and_the_worker_lives(plugin: Path, runner: Runner) -> None:
    bound = load_reward(f"{plugin}:row")
    bound.runner = runner

    class Sour:
        def __reduce__(self) -> Any:
            raise RuntimeError("not for travel")

    things = [1, threading.Lock(), Sour(), lambda: 0, "fine"]
    found = bound.score_batch([{"completion": "", "thing": t} for t in things])
    assert [s.status for s in found] == [Status.SCORED, *[Status.ERROR] * 3, Status.SCORED]
    assert "not for travel" in found[2].reason


def test_a_large_row_reaches_the_worker(plugin: Path, runner: Runner) -> None:
    bound = load_reward(f"{plugin}:row")
    bound.runner = runner
    assert bound.score(completion="x" * (8 << 20), thing="y" * (8 << 20)).value == 1.0


def test_workers_are_warm_and_a_dead_idle_one_is_replaced(plugin: Path) -> None:
    runner = Runner(workers=1, deadline=5.0)
    bound = load_reward(f"{plugin}:pid")
    bound.runner = runner
    first = bound.score(completion="").parts["pid"]
    assert bound.score(completion="").parts["pid"] == first
    os.kill(int(first), signal.SIGKILL)
    time.sleep(0.2)
    again = bound.score(completion="")
    assert again.status is Status.SCORED
    assert again.parts["pid"] != first
    runner.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    until = time.monotonic() + seconds
    while (left := [p for p in pids if alive(p)]) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def children(of: int) -> list[int]:
    """Return the processes whose parent is `of`, and theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == of:
                found += [int(entry.name), *children(int(entry.name))]
    return found


def test_close_leaves_no_process_not_even_a_grandchild(acting: BoundReward, runner: Runner) -> None:
    before = set(children(os.getpid()))
    assert scores(acting, ["child", "value 0.5"])[1].value == 0.5
    runner.close()
    assert wait_gone([p for p in children(os.getpid()) if p not in before], 2) == []


def test_a_reward_defined_here_is_sent_by_value_and_can_be_redefined(runner: Runner) -> None:
    found = []
    for factor in (0.25, 0.5):

        @reward("inner")
        def inner(completion: str, *, plus: float = 0.0) -> float:
            return factor + plus  # noqa: B023 - the point: it is scored before the loop goes on

        bound = inner.bind(plus=0.25)
        bound.runner = runner
        found.append(bound.score(completion="").value)
        del inner, bound
    assert found == [0.5, 0.75]


def in_thread(work: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(60)
    return found[0]


def test_it_works_from_a_thread_and_from_several_at_once(acting: BoundReward) -> None:
    assert in_thread(lambda: scores(acting, ["hang", "value 0.5"])[1].value) == 0.5
    results: list[list[float | None]] = []
    threads = [
        threading.Thread(target=lambda: results.append([s.value for s in scores(acting, ["value 0.5"] * 20)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [[0.5] * 20] * 4


def score_in_child(plugin: str, queue: Any) -> None:
    bound = load_reward(f"{plugin}:acting")
    bound.runner = Runner(workers=2, deadline=1.0)
    queue.put([s.status.value for s in scores(bound, ["hang", "value 0.5", "_exit"])])
    bound.runner.close()


def test_it_works_in_a_daemonic_process(plugin: Path, acting: BoundReward) -> None:
    assert scores(acting, ["value 0.5"])[0].value == 0.5  # the parent has workers of its own when it forks
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=score_in_child, args=(str(plugin), queue), daemon=True)
    process.start()
    assert queue.get(timeout=60) == ["timeout", "scored", "error"]
    process.join(10)
    assert scores(acting, ["value 0.25"])[0].value == 0.25


def test_a_forked_copy_of_a_runner_starts_workers_of_its_own(acting: BoundReward) -> None:
    assert scores(acting, ["value 0.5"])[0].value == 0.5
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def work() -> None:
        queue.put([s.value for s in scores(acting, ["value 0.25"] * 5)])

    process = context.Process(target=work, daemon=True)
    process.start()
    assert queue.get(timeout=60) == [0.25] * 5
    process.join(10)
    assert [s.value for s in scores(acting, ["value 0.75"] * 5)] == [0.75] * 5


def test_a_plugin_that_loads_in_the_parent_only_is_named(tmp_path: Path) -> None:
    path = tmp_path / "fussy.py"
    path.write_text(
        f"import os\nfrom rewards import reward\nassert os.getpid() == {os.getpid()}, 'only at home'\n"
        "@reward('fussy')\ndef fussy(completion: str) -> float:\n    return 1.0\n"
    )
    bound = load_reward(str(path))
    bound.runner = Runner(workers=1)
    score = bound.score(completion="")
    bound.runner.close()
    assert score.status is Status.ERROR
    assert "`fussy` does not load in a worker" in score.reason
    assert "only at home" in score.reason


PARENT = """
import os, sys, threading
from rewards import Runner, load_reward
bound = load_reward(sys.argv[1] + ":acting")
bound.runner = Runner(workers=2, deadline=float(sys.argv[2]))
assert bound.score(completion="value 0.5").value == 0.5
print("ready", flush=True)
bound.score_batch([{"completion": "sleep"}, {"completion": "hang in C"}, {"completion": "sleep"}])
"""


def start_parent(plugin: Path, deadline: float) -> tuple[subprocess.Popen[str], list[int]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(plugin), str(deadline)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    until = time.monotonic() + 30
    while len(workers := children(parent.pid)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)  # both have loaded the plugin and hang
    return parent, workers


def test_ctrl_c_ends_the_batch_and_leaves_no_process(plugin: Path) -> None:
    parent, workers = start_parent(plugin, 60)
    parent.send_signal(signal.SIGINT)
    assert parent.wait(20) != 0
    assert wait_gone(workers, 5) == []


def test_workers_of_a_killed_parent_end_by_themselves(plugin: Path) -> None:
    parent, workers = start_parent(plugin, 1.5)
    assert len(workers) == 2
    parent.kill()
    parent.wait(10)
    assert wait_gone(workers, 15) == []


def test_the_batch_of_the_contract(plugin: Path) -> None:
    """512 completions of which 8 hang; every other score is there, in order, and no process is left."""
    runner = Runner(workers=2, deadline=1.0)
    bound = load_reward(f"{plugin}:acting")
    bound.runner = runner
    words = ["hang" if i % 64 == 5 else f"value {i / 512}" for i in range(512)]
    before = set(children(os.getpid()))
    found = scores(bound, words)
    runner.close()
    expected = [(0.0, "timeout") if w == "hang" else (i / 512, "scored") for i, w in enumerate(words)]
    assert [(s.value, s.status.value) for s in found] == expected
    assert wait_gone([p for p in children(os.getpid()) if p not in before], 2) == []


def test_a_worker_finds_the_plugin_that_the_parent_found(tmp_path: Path) -> None:
    """A module that lies in a folder added to sys.path at run time, imported by its dotted path."""
    (tmp_path / "late_module.py").write_text(
        "from rewards import reward\n@reward()\ndef late(completion: str) -> float:\n    return 0.5\n"
    )
    code = (
        f"import json, sys; sys.path.append({str(tmp_path)!r})\n"
        "from rewards import load_reward\n"
        "print(json.dumps(load_reward('late_module:late').score(completion='').value))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == 0.5
