"""Scoring from inside other people's worker processes: a DataLoader's, forked or spawned, and a spawned process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from rewards import Runner, Suite, load_reward

PLUGIN = '''
import os
from rewards import reward


@reward("act", range=(0.0, 100.0))
def act(completion: str) -> float:
    """Do what the completion says."""
    if completion == "hang in C": return float(9 ** 9 ** 9 ** 9)
    if completion == "exit": os._exit(3)
    return float(completion)


@reward("scaled", scale=lambda params: (0.0, params["top"], params["top"]))
def scaled(completion: str, *, top: float = 1.0) -> float:
    """Pay up to `top`."""
    return top
'''

SCRIPT = """
import sys
from pathlib import Path

from torch.utils.data import DataLoader, Dataset

from rewards import Runner, load_reward


class Scored(Dataset):
    def __init__(self, bound):
        self.bound = bound

    def __len__(self):
        return 6

    def __getitem__(self, i):
        words = [str(i), "hang in C" if i == 2 else "exit" if i == 3 else "50"]
        return [(s.value, s.status.value) for s in self.bound.score_batch([{"completion": w} for w in words])]


if __name__ == "__main__":
    bound = load_reward(f"{Path(__file__).parent / 'act.py'}:act")
    bound.runner = Runner(workers=1, deadline=1.0)
    assert bound.score(completion="7").value == 7.0  # the parent has a worker when it forks
    loader = DataLoader(
        Scored(bound), batch_size=1, num_workers=2, multiprocessing_context=sys.argv[1], collate_fn=list
    )
    for [found] in loader:
        print(found)
    assert bound.score(completion="8").value == 8.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "act.py").write_text(PLUGIN)
    (tmp_path / "load.py").write_text(SCRIPT)
    return tmp_path


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_rewards_score_in_the_workers_of_a_dataloader(folder: Path, context: str) -> None:
    pytest.importorskip("torch", reason="needs the extra [train]")
    done = subprocess.run(
        [sys.executable, "load.py", context],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    second = {2: (0.0, "timeout"), 3: (None, "error")}
    wanted = [[(float(i), "scored"), second.get(i, (50.0, "scored"))] for i in range(6)]
    assert done.stdout.splitlines() == [str(found) for found in wanted]


def test_a_reward_travels_by_reference_and_a_runner_as_its_settings(folder: Path) -> None:
    bound = load_reward("number", where="boxed")
    bound.runner = Runner(workers=3, deadline=2.5, memory_mb=512, cache=folder / "scores.sqlite")
    copy = pickle.loads(pickle.dumps(bound))
    assert copy.spec is bound.spec
    assert copy.params == {"where": "boxed"}
    assert (copy.runner.workers, copy.runner.deadline, copy.runner.memory_mb) == (3, 2.5, 512)
    assert copy.runner.cache.path == folder / "scores.sqlite"


def test_a_range_that_follows_the_parameters_travels(folder: Path) -> None:
    bound = load_reward(f"{folder / 'act.py'}:scaled", top=7.0)
    assert pickle.loads(pickle.dumps(bound)).spec.range == (0.0, 7.0)


def test_a_suite_travels(folder: Path) -> None:
    suite = Suite.from_config([{"name": f"{folder / 'act.py'}:act", "weight": 2.0, "label": "a"}])
    assert pickle.loads(pickle.dumps(suite)).terms[0].reward.spec is suite.terms[0].reward.spec
