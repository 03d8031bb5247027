"""`reasoners rewards export`, as a user runs it, and what the file then does."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from rewards import RewardError
from rewards.exports.files import ENGINES, module_text

Cli = Callable[..., "CompletedProcess[str]"]


def test_a_file_for_verl(cli: Cli, plugin: str, tmp_path: Path) -> None:
    words = ["verl", "mine.py:two", "--reference", "left", "--on-masked", "-1", "--out", "out.py", "--json"]
    done = cli("rewards", "export", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["use"].startswith(f"reward.custom_reward_function.path={tmp_path / 'out.py'} ")
    compute_score = runpy.run_path(str(tmp_path / "out.py"))["compute_score"]
    assert compute_score("d", "b", "a", {"right": "b"})["score"] == 1.0
    assert compute_score.on_masked == -1.0


def test_a_config_for_openrlhf(cli: Cli, plugin: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(
        "model: {name: none}\ndata: {train: none.jsonl}\n"
        "rewards: [number, {name: 'mine.py:digits', weight: 0.5, params: {scale: 0.5}}]\n"
    )
    done = cli("rewards", "export", "openrlhf", "--config", "run.yaml", "--out", "out.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--reward.remote_url" in done.stdout
    pytest.importorskip("torch", reason="OpenRLHF takes tensors: needs the extra [train]")
    reward_func = runpy.run_path(str(tmp_path / "out.py"))["reward_func"]
    assert reward_func(["p 42"], ["p "], ["42"])["rewards"].tolist() == [1.25]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verl", "--out", "x.py"], "export one NAME, or a --config"),
        (["verl", "nubmer", "--out", "x.py"], "Did you mean `number`"),
        (
            ["verl", "number", "--on-masked", "zero", "--out", "x.py"],
            "`floor`, `raise` or a number, not `zero`",
        ),
        (
            ["openrlhf", "number", "--on-masked", "raise", "--out", "x.py"],
            "OpenRLHF logs what a reward raises",
        ),
        (["trl", "number", "--reference", "a", "--out", "x.py"], "TRL knows masking"),
        (["verl", "number", "--out", "no/such/x.py"], "cannot write no/such/x.py"),
        (["verl", "mine.py:two", "--out", "x.py"], "Say which it fills"),
    ],
)
def test_refusals(cli: Cli, plugin: str, tmp_path: Path, words: list[str], said: str) -> None:
    done = cli("rewards", "export", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "x.py").exists()


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_engine_has_a_file_that_loads(engine: str, tmp_path: Path) -> None:
    awkward: dict[str, Any] = {"marker": "a\"'\\\n:", "units": ("m", "km")}
    path = tmp_path / "out.py"
    path.write_text(module_text(engine, "number", awkward))
    made = runpy.run_path(str(path))[ENGINES[engine][1]]
    assert made.suite.terms[0].reward.params == awkward


def test_an_unknown_engine() -> None:
    with pytest.raises(RewardError, match=r"unknown engine `verll`\. Did you mean `verl`"):
        module_text("verll", "number")
