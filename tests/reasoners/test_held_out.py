"""Evaluation in training: it counts right, disturbs nothing, keeps the best by its lower limit, and stops early."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from eval.counts import Count  # noqa: E402
from eval.errors import EvalError  # noqa: E402
from eval.summary import summarise  # noqa: E402
from reasoners.config import ConfigError, load_config  # noqa: E402
from reasoners.data import DataError  # noqa: E402
from reasoners.training import train  # noqa: E402
from rewards import read_records  # noqa: E402
from tests.reasoners.small import run, starts  # noqa: E402

Make = Callable[..., Path]
Cli = Callable[..., subprocess.CompletedProcess[str]]
AUDIT = {"max_new_tokens": 6, "batch_size": 16}


@pytest.fixture
def watched(small_run: Make, tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, **sections: Any) -> Path:
        data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
        return small_run(name, data=data, rewards=starts(tmp_path), audit=AUDIT, **sections)

    return make


def test_it_counts_and_leaves_training_alone(watched: Callable[..., Path], tmp_path: Path) -> None:
    with_it = run(watched("with", held_out={"every": 2, "n": 3}))
    without = run(watched("without"))
    assert [r["loss"] for r in with_it] == [r["loss"] for r in without]
    rows = [json.loads(x) for x in (tmp_path / "with" / "held_out.jsonl").read_text().splitlines()]
    assert [r["step"] for r in rows] == [2, 4]
    records = read_records(tmp_path / "with" / "records", split="held_out").to_pylist()
    assert len(records) == 2 * 4 * 3
    for row in rows:
        mine = [r["correct"] for r in records if r["step"] == row["step"]]
        assert row["accuracy"] == pytest.approx(sum(mine) / len(mine))
        assert row["low"] < row["accuracy"] < row["high"] or row["accuracy"] in (0.0, 1.0)
    best = max(rows, key=lambda r: r["low"])
    assert json.loads((tmp_path / "with" / "best" / "chosen.json").read_text()) == best
    assert (tmp_path / "with" / "best" / "config.json").exists()


def rewritten(tmp_path: Path, change: Callable[[int, dict[str, Any]], dict[str, Any]]) -> None:
    """Change the held-out rows, given their number and content."""
    path = tmp_path / "held_out.jsonl"
    rows = [change(n, json.loads(line)) for n, line in enumerate(path.read_text().splitlines())]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_clusters_are_the_unit_of_its_interval(watched: Callable[..., Path], tmp_path: Path) -> None:
    path = watched("grouped", held_out={"every": 4, "n": 3})
    rewritten(tmp_path, lambda n, row: {**row, "cluster": n // 2})
    run(path)
    row = json.loads((tmp_path / "grouped" / "held_out.jsonl").read_text())
    found: dict[str, list[bool]] = {}
    for record in read_records(tmp_path / "grouped" / "records", split="held_out").to_pylist():
        found.setdefault(record["prompt_id"], []).append(record["correct"])
    counts = [Count(name, 3, sum(found[name]), str(n // 2)) for n, name in enumerate(found)]
    summary = summarise(counts)
    assert summary.clusters == 2
    assert (row["low"], row["high"]) == (summary.accuracy.low, summary.accuracy.high)


def test_clusters_of_some_rows_only_are_refused(watched: Callable[..., Path], tmp_path: Path) -> None:
    path = watched("half", held_out={"every": 2, "n": 2})
    rewritten(tmp_path, lambda n, row: {**row, "cluster": "one"} if n == 0 else row)
    with pytest.raises(EvalError, match="3 of 4 problems have no `cluster`"):
        run(path)


def test_training_stops_when_the_lower_limit_no_longer_rises(
    watched: Callable[..., Path], tmp_path: Path
) -> None:
    # A learning rate of zero: every evaluation says the same.
    trl = {"learning_rate": 0.0, "max_steps": 12}
    rows = run(watched("still", held_out={"every": 1, "n": 2, "patience": 3}, trl=trl))
    assert rows[-1]["step"] == 4
    lines = (tmp_path / "still" / "held_out.jsonl").read_text().splitlines()
    assert len({json.loads(x)["accuracy"] for x in lines}) == 1
    assert json.loads((tmp_path / "still" / "best" / "chosen.json").read_text())["step"] == 1


def test_a_run_that_stopped_early_is_finished(watched: Callable[..., Path], tmp_path: Path, cli: Cli) -> None:
    trl = {"learning_rate": 0.0, "max_steps": 12, "save_steps": 2}
    path = watched("still", held_out={"every": 1, "n": 2, "patience": 2}, trl=trl)
    told = "stopped at step 3, 2 evaluations after the last one that was better; the best model, of step 1, is in"
    done = cli("train", path)
    assert f"held out: {told}" in " ".join(done.stdout.split())
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "still").rglob("*") if p.is_file()}
    done = cli("train", path, "--resume")
    assert done.returncode == 0, done.stderr
    assert f"is finished: {told}" in " ".join(done.stdout.split())
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "still").rglob("*") if p.is_file()}
    assert {p for p in after if before.get(p) != after[p]} <= {tmp_path / "still" / "config.yaml"}


def test_a_resumed_run_evaluates_as_an_unbroken_one(watched: Callable[..., Path], tmp_path: Path) -> None:
    sections = {"held_out": {"every": 2, "n": 2}, "trl": {"max_steps": 6, "save_steps": 3}}
    run(watched("whole", **sections))
    path = watched("broken", **sections)
    from reasoners.held_out import HeldOut

    class StoppedError(Exception):
        pass

    original = HeldOut._keep

    def stop(self: Any, row: dict[str, Any]) -> None:
        original(self, row)
        if row["step"] == 4:
            raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HeldOut, "_keep", stop)
        with pytest.raises(StoppedError):
            train(load_config(path), Console(quiet=True))
    run(path, resume=True)
    texts = [(tmp_path / name / "held_out.jsonl").read_text() for name in ("whole", "broken")]
    assert texts[0] == texts[1]
    keys = [
        sorted(
            (r["step"], r["prompt_id"], r["sample_index"], r["completion"])
            for r in read_records(tmp_path / name / "records", split="held_out").to_pylist()
        )
        for name in ("whole", "broken")
    ]
    assert keys[0] == keys[1]


def test_it_needs_held_out_rows(small_run: Make) -> None:
    with pytest.raises(ConfigError, match=r"set data\.eval"):
        run(small_run(held_out={"every": 1}))


def test_prompts_without_room_are_refused_or_dropped(small_run: Make, tmp_path: Path) -> None:
    rows = [{"id": f"p{i}", "question": "1+" * (40 if i == 3 else 2), "answer": "1"} for i in range(8)]
    (tmp_path / "long.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    data = {"train": str(tmp_path / "long.jsonl")}
    with pytest.raises(DataError, match=r"1 of 8 prompts .*`p3`, 81 tokens.*too_long: drop"):
        run(small_run("refused", data=data))
    path = small_run("dropped", data={**data, "too_long": "drop"})
    run(path)
    folder = load_config(path).run.dir
    assert json.loads((folder / "manifest.json").read_text())["train_too_long"] == 1
    assert "p3" not in {r["prompt_id"] for r in read_records(folder / "records").to_pylist()}


def test_a_config_that_differs_on_resume_is_told_value_by_value(small_run: Make) -> None:
    run(small_run())
    with pytest.raises(Exception, match=r"trl\.learning_rate: was 0\.01, is 0\.5"):
        run(small_run(trl={"learning_rate": 0.5}), resume=True)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_its_batch(small_run: Make, tmp_path: Path) -> None:
    from reasoners.trainer import DivergedError

    trl = {"learning_rate": 1e30, "max_grad_norm": 0.0, "max_steps": 6, "num_iterations": 2}
    with pytest.raises(DivergedError, match=r"step \d: the loss is nan"):
        run(small_run("wild", trl=trl))
    (dump,) = (tmp_path / "wild").glob("diverged-*.pt")
    assert "completion_ids" in torch.load(dump, weights_only=True)


def test_a_model_that_cannot_be_sampled_stops_the_run(small_run: Make) -> None:
    from reasoners.trainer import DivergedError

    trl = {"learning_rate": 1e30, "max_grad_norm": 0.0}
    with pytest.raises(DivergedError, match="step 1: the model's probabilities are no numbers"):
        run(small_run("wild", trl=trl))


@pytest.mark.parametrize("steps", [2, 6])
def test_gradients_that_are_no_numbers_reach_no_weight(
    small_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    from reasoners.trainer import DivergedError, RLVRTrainer

    original = RLVRTrainer._compute_loss

    def look(self: Any, model: Any, inputs: dict[str, Any]) -> Any:
        if self.state.global_step == 1 and not hooked:
            hooked.append(next(model.parameters()).register_hook(lambda g: g * float("inf")))
        return original(self, model, inputs)

    hooked: list[Any] = []
    monkeypatch.setattr(RLVRTrainer, "_compute_loss", look)
    path = small_run("wild", trl={"max_steps": steps, "save_steps": 1})
    with pytest.raises(DivergedError, match=r"step 1: a gradient is no number, and the step was not made"):
        run(path)
    root = tmp_path / "wild"
    assert [p.name for p in (root / "checkpoints").glob("checkpoint-*")] == ["checkpoint-1"]
    assert (root / "checkpoints" / "checkpoint-1" / "rlvr_state_0.pt").exists()
    assert not (root / "model").exists()
    assert list(root.glob("diverged-*.pt"))
    hooked[0].remove()
    monkeypatch.setattr(RLVRTrainer, "_compute_loss", original)
    assert run(path, resume=True)[-1]["step"] == steps


def test_weights_that_are_no_numbers_make_no_whole_checkpoint(
    small_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reasoners.callbacks import MetricsFile
    from reasoners.run_folder import RunFolder
    from reasoners.trainer import DivergedError

    path = small_run("wild", trl={"max_steps": 4, "save_steps": 1})

    def spoil(self: Any, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.global_step == 1:  # after the second step, counted from 0
            with torch.no_grad():
                next(model.parameters())[0] = float("nan")

    monkeypatch.setattr(MetricsFile, "on_optimizer_step", spoil, raising=False)
    with pytest.raises(DivergedError, match="a weight is no number"):
        run(path)
    assert (
        RunFolder(tmp_path / "wild").last_checkpoint() == tmp_path / "wild" / "checkpoints" / "checkpoint-1"
    )


def test_a_batch_without_signal_trains_on(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "same.py"
    plugin.write_text(
        "from rewards import reward\n@reward('same', cost='inline')\ndef same(completion: str) -> float:\n"
        "    return 1.0\n"
    )
    for name in ("grpo", "dapo", "reinforce_pp"):
        rows = run(small_run(name, rewards=[{"name": f"{plugin}:same"}], algorithm={"name": name}))
        assert len(rows) == 4
        assert all(r["grad_norm"] == 0.0 for r in rows)
