"""Scores kept on disk: what is kept, what makes it stale, what a bad file costs."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rewards import BoundReward, Runner, Score, Status, load_reward

PLUGIN = '''
import time
from rewards import BadReference, Score, Status, reward


@reward("counted", range=(0.0, 10.0))
def counted(completion: str, log: str, *, plus: float = 0.0) -> float:
    """Note each call, then do what the completion says."""
    with open(log, "a") as file:
        file.write(ascii(completion) + "\\n")
    if completion == "raise": raise ValueError("no")
    if completion == "bad": raise BadReference("no gold")
    if completion == "hang": time.sleep(1000)
    if completion == "unparsed": return Score(0.0, Status.UNPARSED, {"a": 0.5}, "nothing")
    return len(completion) * {factor} + plus
'''


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.file = folder, folder / "log", folder / "sub" / "scores.sqlite"
        self.runners: list[Runner] = []
        self.write(1)

    def write(self, factor: int) -> None:
        (self.folder / "counted.py").write_text(PLUGIN.replace("{factor}", str(factor)))

    def bound(self, **params: Any) -> BoundReward:
        bound = load_reward(str(self.folder / "counted.py"), **params)
        bound.runner = Runner(2, deadline=0.5, cache=self.file)
        self.runners.append(bound.runner)
        return bound

    def score(self, bound: BoundReward, *words: str) -> list[Score]:
        return bound.score_batch([{"completion": w, "log": str(self.log)} for w in words])

    def calls(self) -> list[str]:
        found = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(found)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for runner in made.runners:
        runner.close()


def test_what_was_judged_once_is_not_judged_again(bench: Bench) -> None:
    words = ["a", "bb", "unparsed", "\ud800 lone", "nul \0"]
    first = bench.score(bench.bound(), *words)
    assert len(bench.calls()) == 5
    again = bench.bound()
    assert bench.score(again, "ccc", *words, "a")[1:] == [*first, first[0]]
    assert bench.calls() == ["'ccc'"]
    assert again.runner is not None
    assert again.runner.cache is not None
    assert (again.runner.cache.hits, again.runner.cache.misses) == (6, 1)


def test_faults_and_timeouts_are_judged_anew(bench: Bench) -> None:
    for _ in range(2):
        found = bench.score(bench.bound(), "raise", "bad", "hang")
        assert [s.status for s in found] == [Status.ERROR, Status.BAD_REFERENCE, Status.TIMEOUT]
        assert bench.calls() == ["'bad'", "'hang'", "'raise'"]


def test_other_parameters_and_other_columns_are_other_scores(bench: Bench) -> None:
    assert bench.score(bench.bound(), "a")[0].value == 1.0
    assert bench.score(bench.bound(plus=0.5), "a")[0].value == 1.5
    bench.log = bench.folder / "other"
    assert bench.score(bench.bound(), "a")[0].value == 1.0
    assert bench.calls() == ["'a'"]


def test_a_changed_source_makes_old_scores_stale(bench: Bench) -> None:
    code = (
        "import sys; from rewards import Runner, load_reward\n"
        "bound = load_reward(sys.argv[1]); bound.runner = Runner(1, cache=sys.argv[2])\n"
        "print(bound.score(completion='abc', log=sys.argv[3]).value)"
    )
    command = [sys.executable, "-c", code, str(bench.folder / "counted.py"), str(bench.file), str(bench.log)]
    values = []
    for factor in (1, 1, 2):
        bench.write(factor)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        values.append(done.stdout.strip())
    assert values == ["3.0", "3.0", "6.0"]
    assert len(bench.calls()) == 2


@pytest.mark.parametrize("damage", ["text", "rows", "folder"])
def test_a_bad_file_costs_a_warning_and_nothing_else(bench: Bench, damage: str) -> None:
    assert bench.score(bench.bound(), "a")[0].value == 1.0
    for runner in bench.runners:
        assert runner.cache is not None
        runner.cache.close()
    if damage == "rows":
        with sqlite3.connect(bench.file) as base:
            base.execute("UPDATE scores SET score = 'junk'")
        base.close()
    else:
        bench.file.unlink()
        bench.file.mkdir() if damage == "folder" else bench.file.write_text("no database " * 1000)
    bound = bench.bound()
    with pytest.warns(RuntimeWarning, match="is not used: .* Delete the file to start it anew"):
        assert bench.score(bound, "a", "bb")[0].value == 1.0
    assert bench.score(bound, "ccc")[0].value == 3.0


def score_many(bench_folder: str, queue: Any) -> None:
    bench = Bench.__new__(Bench)
    bench.folder, bench.log = Path(bench_folder), Path(bench_folder) / "log"
    bench.file, bench.runners = Path(bench_folder) / "scores.sqlite", []
    bound = bench.bound()
    for _ in range(3):
        found = bench.score(bound, *["x" * (i % 9) for i in range(60)])
    queue.put([s.value for s in found])
    bench.runners[0].close()


def test_several_processes_share_a_file(bench: Bench) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=score_many, args=(str(bench.folder), queue)) for _ in range(3)]
    for process in processes:
        process.start()
    found = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(10)
    assert found == [[float(i % 9) for i in range(60)]] * 3
