"""A run that died while it saved its model: `--resume` saves it and trains no step that an unbroken run would not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402
from transformers import PreTrainedTokenizerBase  # noqa: E402

from reasoners.config import load_config  # noqa: E402
from reasoners.training import train  # noqa: E402
from tests.reasoners.small import run  # noqa: E402

Make = Callable[..., Path]


class StoppedError(Exception):
    """The run dies."""


def dies_while_saving_its_model(path: Path) -> None:
    """Train, and die when the model's weights are written, its tokenizer not."""
    root = load_config(path).run.dir
    original = PreTrainedTokenizerBase.save_pretrained

    def die(self: Any, place: Any, *rest: Any, **named: Any) -> Any:
        if Path(place).parent == root and Path(place).name != "best":
            raise StoppedError
        return original(self, place, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PreTrainedTokenizerBase, "save_pretrained", die)
        with pytest.raises(StoppedError):
            train(load_config(path), Console(quiet=True))


def resumed(path: Path) -> str:
    said = io.StringIO()
    train(load_config(path), Console(file=said, width=500), resume=True)
    return said.getvalue()


def left(root: Path) -> tuple[list[dict[str, Any]], str, bytes]:
    """Return what a run leaves: its steps without times, its evaluations, its model."""
    rows = [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]
    steps = [{k: v for k, v in row.items() if "time" not in k} for row in rows]
    evaluations = root / "held_out.jsonl"
    text = evaluations.read_text() if evaluations.exists() else ""
    return steps, text, (root / "model" / "model.safetensors").read_bytes()


def files(root: Path) -> set[str]:
    """Return the files of the run and of its model, beside records and TRL's own."""
    places = [root, root / "model", root / "plots"]
    found = {str(p.relative_to(root)) for place in places for p in place.glob("*") if p.is_file()}
    return found - {"model/training_args.bin"}


@pytest.fixture
def stopping(small_run: Make, tmp_path: Path) -> Callable[[str, int], Path]:
    """Write the config of a run that stops early, at step 3, as its weights stand still."""

    def make(name: str, save_steps: int) -> Path:
        trl = {"learning_rate": 0.0, "max_steps": 12, "save_steps": save_steps}
        data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
        audit = {"max_new_tokens": 6, "batch_size": 16}
        held_out = {"every": 1, "n": 2, "patience": 2}
        return small_run(name, trl=trl, data=data, audit=audit, held_out=held_out)

    return make


@pytest.mark.parametrize("save_steps", [1, 3, 2])
def test_a_run_that_stopped_early_ends_as_an_unbroken_one(
    save_steps: int, stopping: Callable[[str, int], Path], tmp_path: Path
) -> None:
    run(stopping("whole", save_steps))
    path = stopping("broken", save_steps)
    dies_while_saving_its_model(path)
    assert not (tmp_path / "broken" / "model").exists()
    said = resumed(path)
    assert left(tmp_path / "broken") == left(tmp_path / "whole")
    assert files(tmp_path / "broken") == files(tmp_path / "whole") >= {"README.md", "model/README.md"}
    trained_on = save_steps == 2  # no checkpoint of the last step: that step is made again
    assert ("is finished: stopped at step 3" in said) is not trained_on
    assert "is finished: stopped at step 3" in resumed(path)


def test_a_run_of_all_its_steps_ends_as_an_unbroken_one(small_run: Make, tmp_path: Path) -> None:
    run(small_run("whole"))
    path = small_run("broken")
    dies_while_saving_its_model(path)
    assert not (tmp_path / "broken" / "model").exists()
    assert "is finished: checkpoint-4 is its last step" in resumed(path)
    assert left(tmp_path / "broken") == left(tmp_path / "whole")
    assert files(tmp_path / "broken") == files(tmp_path / "whole") >= {"README.md", "model/README.md"}
