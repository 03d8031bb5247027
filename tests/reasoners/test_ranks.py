"""Two processes (gloo) give what one gives: rewards, advantages, losses, gradients, and the critic's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from safetensors.torch import load_file  # noqa: E402

from reasoners.run_folder import RunFolder  # noqa: E402
from rewards import read_records  # noqa: E402

Make = Callable[..., Path]
WORKER = Path(__file__).with_name("ranks_worker.py")

GROUPED = """
from rewards import BadReference, group_reward, reward

@reward("gaps", cost="inline")
def gaps(completion: str, answer: str) -> float:
    \"\"\"Pay by the length; two prompts of ten have no usable answer.\"\"\"
    if answer in ("4", "8"):
        raise BadReference("no answer")
    return (len(completion) % 5) / 4

@reward("odd", cost="inline")
def odd(completion: str, answer: str) -> float:
    \"\"\"Pay by the length and the row.\"\"\"
    return ((len(completion) * 7 + int(answer)) % 5) / 4

@group_reward("shortest")
def shortest(rollouts, scores) -> list[float]:
    \"\"\"Pay the group's shortest completion.\"\"\"
    low = min(len(r.completion) for r in rollouts)
    return [float(len(r.completion) == low) for r in rollouts]
"""


ALGORITHMS = {"grpo": 3, "reinforce_pp": 3, "ppo": 1, "remax": 1, "loop": 4}
"""Algorithm -> samples per prompt; with groups of 3 and 4 some lie on both processes."""


PROGRESS = {"end": "=", "stop": "", "header": ":", "samples": 2, "min_paragraphs": 1, "placement": "tokens"}


SHARES = {"correct", "score", "status", "signs", "groups", "truncated", "progress"}
"""First words of the metrics that are figures of a batch: shares, means of all ranks, what the probes cost."""


def launched(ranks: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(ranks)]
    return subprocess.run(
        [*launch, str(WORKER), *map(str, words)], capture_output=True, text=True, timeout=500
    )


def train_on(ranks: int, paths: list[Path]) -> None:
    done = launched(ranks, *paths)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_two_ranks_equal_one(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "grouped.py"
    plugin.write_text(GROUPED)
    rewards = [{"name": f"{plugin}:odd"}, {"name": f"{plugin}:shortest", "weight": 0.5}]
    for ranks in (1, 2):
        paths = []
        for name, samples in ALGORITHMS.items():
            trl = {"num_generations": samples, "per_device_train_batch_size": 12 // ranks, "max_steps": 3}
            paths.append(small_run(f"{name}{ranks}", algorithm={"name": name}, rewards=rewards, trl=trl))
        trl = {"num_generations": 3, "per_device_train_batch_size": 12 // ranks, "max_steps": 3, "beta": 0.1}
        masked = {"rewards": [{"name": f"{plugin}:gaps"}], "limits": {"max_masked_share": 1.0}}
        paths.append(small_run(f"masked{ranks}", algorithm={"name": "reinforce_pp"}, trl=trl, **masked))
        trl = {"num_generations": 3, "per_device_train_batch_size": 12 // ranks, "max_steps": 3}
        paths.append(small_run(f"probed{ranks}", rewards=rewards[:1], trl=trl, progress=PROGRESS))
        train_on(ranks, paths)
    for name in (*ALGORITHMS, "masked", "probed"):
        check_equal(tmp_path / f"{name}1", tmp_path / f"{name}2")


@pytest.mark.slow
def test_a_checkpoint_is_whole_when_every_rank_has_written(small_run: Make, tmp_path: Path) -> None:
    path = small_run(trl={"per_device_train_batch_size": 4, "save_steps": 1, "max_steps": 3})
    done = launched(2, "--dies-saving", "2", path)
    assert done.returncode != 0
    assert "rank 1 dies" in done.stdout
    cut_off = tmp_path / "run" / "checkpoints" / "checkpoint-2"
    assert (cut_off / "trainer_state.json").exists()
    whole = RunFolder(tmp_path / "run").last_checkpoint()
    assert whole is not None
    assert whole.name == "checkpoint-1"
    assert len(list(whole.glob("rlvr_state_*.pt"))) == 2


def check_equal(one: Path, two: Path) -> None:
    metrics = [[json.loads(x) for x in (d / "metrics.jsonl").read_text().splitlines()] for d in (one, two)]
    assert len(metrics[0]) == len(metrics[1]) == 3
    for a, b in zip(*metrics, strict=True):
        shares = {name for name in {*a, *b} if name.split("/")[0] in SHARES}
        assert ("correct" in shares) == ("reward" in a)
        for name in (
            "reward",
            "reward_std",
            "loss",
            "grad_norm",
            "critic/loss",
            "critic/value",
            "critic/explained_variance",
            "critic/grad_norm",
            *sorted(shares),
        ):
            assert (name in a) == (name in b), (one.name, name)
            if name in a:
                assert b[name] == pytest.approx(a[name], abs=1e-5), (one.name, name)
    assert scored(one) == scored(two)
    weights = [load_file(d / "model" / "model.safetensors") for d in (one, two)]
    for name, value in weights[0].items():
        assert torch.allclose(value, weights[1][name], atol=1e-5), (one.name, name)


def scored(run: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = read_records(run / "records", split="train").to_pylist()
    return {(r["step"], r["prompt_id"], r["sample_index"]): (r["completion"], r["total"]) for r in rows}
