"""kill -9 in the middle of a run, then `--resume`: the same losses, bit for bit, and every record once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reasoners.config import load_config
from reasoners.run_folder import RunError, read_metrics
from rewards import read_records

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.training import train

Run = Callable[..., Path]
Cli = Callable[..., subprocess.CompletedProcess[str]]
TIMES = ("time", "runtime", "per_second", "flos")


def losses(root: Path) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in m.items() if not any(t in k for t in TIMES)}
        for m in read_metrics(root / "metrics.jsonl")
    ]


def recorded(root: Path) -> list[tuple[Any, ...]]:
    rows = read_records(root).to_pylist()
    return sorted(
        (r["split"], r["step"], r["prompt_id"], r["sample_index"], r["completion"], r["total"]) for r in rows
    )


def start_and_kill(config: Path, root: Path, at_step: int, *words: str) -> None:
    """Start a run and kill -9 it as soon as `at_step` is logged."""
    command = [sys.executable, "-m", "reasoners.cli.main", "train", str(config), f"run.dir={root}", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 120
    metrics = root / "metrics.jsonl"
    while not metrics.exists() or not any(m["step"] >= at_step for m in read_metrics(metrics)):
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        assert time.monotonic() < deadline, "the run never reached the step"
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param({}, id="one step per generation"),
        pytest.param({"steps_per_generation": 2, "num_iterations": 2}, id="four steps per generation"),
    ],
)
def test_resumed_after_three_kills_equals_unbroken(
    small_run: Run, cli: Cli, tmp_path: Path, schedule: dict[str, int]
) -> None:
    trl = {"max_steps": 14, "save_steps": 3, **schedule}
    config = small_run(trl=trl)
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    done = cli("train", config, f"run.dir={unbroken}", "--quiet")
    assert done.returncode == 0, done.stderr

    # A generation happens at every 4th step under the second schedule.
    start_and_kill(config, broken, 4)
    start_and_kill(config, broken, 8, "--resume")
    start_and_kill(config, broken, 12, "--resume")
    done = cli("train", config, f"run.dir={broken}", "--resume", "--json", "-")
    assert done.returncode == 0, done.stderr

    assert losses(broken) == losses(unbroken)
    assert recorded(broken) == recorded(unbroken)
    assert json.loads(done.stdout)["steps"] == 14
    first, second = ((root / "model" / "model.safetensors").read_bytes() for root in (unbroken, broken))
    assert first == second


def test_ctrl_c_says_how_to_go_on_and_loses_nothing(small_run: Run, cli: Cli, tmp_path: Path) -> None:
    config = small_run(trl={"max_steps": 5000, "save_steps": 2})
    root = tmp_path / "run"
    command = [sys.executable, "-m", "reasoners.cli.main", "train", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not (root / "metrics.jsonl").exists() or len(read_metrics(root / "metrics.jsonl")) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert len(read_records(root)) >= 3 * 6


def test_resume_with_another_config_is_refused(small_run: Run, cli: Cli) -> None:
    config = small_run()
    assert cli("train", config, "--quiet").returncode == 0
    done = cli("train", config, "trl.learning_rate=0.5", "--resume")
    assert done.returncode == 2
    assert "trl.learning_rate: was 0.01, is 0.5" in done.stderr


def test_resume_with_another_number_of_processes_is_refused(small_run: Run, tmp_path: Path) -> None:
    path = small_run(trl={"save_steps": 2, "max_steps": 3})
    train(load_config(path), Console(quiet=True))
    checkpoint = tmp_path / "run" / "checkpoints" / "checkpoint-2"
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "checkpoint-3", ignore_errors=True)
    shutil.copy(checkpoint / "rlvr_state_0.pt", checkpoint / "rlvr_state_1.pt")  # as two processes leave it
    with pytest.raises(RunError, match=r"saved by 2 process\(es\), this run has 1.*start it with 2"):
        train(load_config(path), Console(quiet=True), resume=True)


def test_brackets_in_a_folders_name_are_no_markup(small_run: Run, cli: Cli, tmp_path: Path) -> None:
    config, root = small_run(trl={"save_steps": 2}), tmp_path / "[/odd]"
    assert cli("train", config, f"run.dir={root}").returncode == 0
    done = cli("train", config, f"run.dir={root}", "--resume")
    assert done.returncode == 0, done.stderr
    assert f"{root} is finished" in done.stdout


@pytest.mark.parametrize("several", [False, True], ids=["one_step_a_batch", "several_steps_a_batch"])
def test_resume_of_a_finished_run_changes_nothing(
    several: bool, small_run: Run, cli: Cli, tmp_path: Path
) -> None:
    more = {"per_device_train_batch_size": 2, "steps_per_generation": 3} if several else {}
    config = small_run(trl={"save_steps": 2, **more})
    assert cli("train", config, "--quiet").returncode == 0
    before, model = losses(tmp_path / "run"), tmp_path / "run" / "model"
    weights = (model / "model.safetensors").read_bytes()
    shutil.rmtree(model)  # as if the kill had come before the model was saved
    done = cli("train", config, "--resume")
    assert done.returncode == 0, done.stderr
    assert "is finished" in done.stdout
    assert losses(tmp_path / "run") == before
    assert (model / "model.safetensors").read_bytes() == weights
    assert (model / "tokenizer.json").exists()
    assert not list(model.glob("optimizer*"))


def test_a_disk_that_fills_up_stops_the_run_with_a_sentence_and_resume_goes_on(
    small_run: Run, cli: Cli, tmp_path: Path
) -> None:
    import resource

    config = small_run(trl={"max_steps": 8, "save_steps": 2})
    # No file may grow beyond this: the first checkpoint's optimizer state does not fit.
    limit = 24_000
    done = cli("train", config, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert done.returncode == 2, done.stderr
    assert "could not write" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(read_records(tmp_path / "run")) >= 2 * 6
    done = cli("train", config, "--resume", "--quiet")
    assert done.returncode == 0, done.stderr
    assert [m["step"] for m in losses(tmp_path / "run")] == list(range(1, 9))


def test_a_run_folder_that_cannot_be_made_is_named(small_run: Run, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = cli("train", small_run(), f"run.dir={tmp_path}/file/run")
    assert done.returncode == 2
    assert f"{tmp_path}/file/run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_resumed_run_keeps_its_number_format(
    small_run: Run, cli: Cli, tiny_model: Path, tmp_path: Path
) -> None:
    config = small_run(model={"name": str(tiny_model), "precision": "auto"}, trl={"save_steps": 2})
    assert cli("train", config, "--quiet").returncode == 0
    manifest = tmp_path / "run" / "manifest.json"
    facts = json.loads(manifest.read_text())
    assert facts["dtype"] == "fp32"  # what the probe chooses for so small a model
    manifest.write_text(json.dumps({**facts, "dtype": "bf16"}))
    done = cli("train", config, "--resume")
    assert done.returncode == 0, done.stderr
    assert "bfloat16, as asked" in done.stdout
    assert json.loads(manifest.read_text())["dtype"] == "bf16"
