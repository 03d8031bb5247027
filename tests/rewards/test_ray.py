"""The runner on a real local Ray: the same statuses, order and deadlines as local workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewards import BoundReward, RewardError, load_reward
from rewards.ray_backend import RayRunner, make_runner

PLUGIN = '''
import os, time
from rewards import BadReference, reward


@reward("act", range=(0.0, 100.0))
def act(completion: str) -> float:
    """Do what the completion says."""
    if completion == "hang in C": return float(9 ** 9 ** 9 ** 9)
    if completion == "exit": os._exit(3)
    if completion == "raise": raise KeyError("no")
    if completion == "bad": raise BadReference("no gold")
    if completion == "memory": bytearray(64 << 30)
    return float(completion)


@reward("many", batch=True, range=(0.0, 100.0))
def many(completion: list[str]) -> list[float]:
    """Repeat numbers, all at once."""
    return [float(c) for c in completion]
'''


@pytest.fixture(scope="module")
def runner() -> Iterator[RayRunner]:
    ray = pytest.importorskip("ray", reason="needs the extra [ray]")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    made = RayRunner(workers=2, deadline=2.0)
    yield made
    made.close()
    ray.shutdown()


def bind(folder: Path, runner: RayRunner, name: str) -> BoundReward:
    (folder / "act.py").write_text(PLUGIN)
    bound = load_reward(f"{folder / 'act.py'}:{name}")
    bound.runner = runner
    return bound


def test_ray_gives_the_statuses_and_the_order_of_local_workers(tmp_path: Path, runner: RayRunner) -> None:
    fates = {
        "hang in C": (0.0, "timeout"),
        "exit": (None, "error"),
        "raise": (None, "error"),
        "bad": (None, "bad_reference"),
        "memory": (0.0, "timeout"),
    }
    words = [word for i, fate in enumerate(fates) for word in (str(i), fate, str(i + 50))]
    found = bind(tmp_path, runner, "act").score_batch([{"completion": w} for w in words])
    expected = [fates[w] if w in fates else (float(w), "scored") for w in words]
    assert [(s.value, s.status.value) for s in found] == expected
    assert found[1].reason == "no verdict within 2 s"


def test_the_batch_form_works_on_ray(tmp_path: Path, runner: RayRunner) -> None:
    rows = [{"completion": str(i)} for i in range(40)]
    found = bind(tmp_path, runner, "many").score_batch(rows)
    assert [s.value for s in found] == [float(i) for i in range(40)]


def test_local_workers_serve_inside_a_ray_task(tmp_path: Path, runner: RayRunner) -> None:
    import ray

    (tmp_path / "act.py").write_text(PLUGIN)
    words = ["1", "hang in C", "exit", "2"]

    @ray.remote(num_cpus=0)
    def task(ref: str) -> list[tuple[float | None, str]]:
        from rewards import Runner, load_reward

        bound = load_reward(ref)
        bound.runner = Runner(workers=1, deadline=1.0)
        try:
            return [(s.value, s.status.value) for s in bound.score_batch([{"completion": w} for w in words])]
        finally:
            bound.runner.close()

    found = ray.get(task.remote(f"{tmp_path / 'act.py'}:act"), timeout=120)
    assert found == [(1.0, "scored"), (0.0, "timeout"), (None, "error"), (2.0, "scored")]


def test_without_ray_the_message_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from rewards.ray_backend import make_runner\n"
        "from rewards import RewardError\n"
        "try: make_runner('ray')\n"
        "except RewardError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'reasoners[ray]'" in done.stdout


def test_an_unknown_runner_is_refused() -> None:
    with pytest.raises(RewardError, match=r"unknown runner `spark`\. Known: local, ray"):
        make_runner("spark")
