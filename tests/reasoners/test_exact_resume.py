"""What a checkpoint has to hold so that a resumed run equals an unbroken one; what cannot be held is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.callbacks import Guard  # noqa: E402
from reasoners.checking import check  # noqa: E402
from reasoners.config import ConfigError, load_config  # noqa: E402
from reasoners.exact_resume import ExactResume  # noqa: E402
from reasoners.run_folder import RunError, RunFolder  # noqa: E402
from reasoners.training import train  # noqa: E402
from tests.reasoners.small import run  # noqa: E402

Make = Callable[..., Path]
SYNCED = {"beta": 0.5, "sync_ref_model": True, "ref_model_sync_steps": 1, "max_steps": 6, "save_steps": 2}


class StoppedError(Exception):
    """The run dies."""


def dies_after(step: int, path: Path) -> None:
    """Start a run and let it die in the middle of the step after `step`."""

    def die(self: Any, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == step:
            raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Guard, "on_pre_optimizer_step", die)
        with pytest.raises(StoppedError):
            train(load_config(path), Console(quiet=True))


def same_weights(first: Path, second: Path) -> bool:
    one, two = ((root / "model" / "model.safetensors").read_bytes() for root in (first, second))
    return one == two


def untimed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if "time" not in k} for row in rows]


def test_a_reference_model_that_follows_the_policy_is_resumed(small_run: Make, tmp_path: Path) -> None:
    whole = run(small_run("whole", trl=SYNCED))
    assert max(row["kl"] for row in whole) > 0
    path = small_run("broken", trl=SYNCED)
    dies_after(5, path)
    assert untimed(run(path, resume=True)) == untimed(whole)
    assert same_weights(tmp_path / "whole", tmp_path / "broken")
    assert not list((tmp_path / "whole" / "model").glob("reference*"))
    run(small_run("fixed", trl={**SYNCED, "sync_ref_model": False}))
    assert not same_weights(tmp_path / "whole", tmp_path / "fixed")  # it does make a difference


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_line_of_several_steps_holds_those_before_the_kill(
    accumulation: int, small_run: Make, tmp_path: Path
) -> None:
    trl = {"logging_steps": 4, "save_steps": 2, "max_steps": 9, "gradient_accumulation_steps": accumulation}
    whole = run(small_run("whole", trl=trl))
    assert [row["step"] for row in whole] == [4, 8]
    path = small_run("broken", trl=trl)
    dies_after(7, path)
    assert untimed(run(path, resume=True)) == untimed(whole)
    assert same_weights(tmp_path / "whole", tmp_path / "broken")


def test_a_checkpoint_without_the_reference_model_is_refused(small_run: Make, tmp_path: Path) -> None:
    path = small_run(trl=SYNCED)
    dies_after(3, path)
    (tmp_path / "run" / "checkpoints" / "checkpoint-2" / "reference.pt").unlink()
    with pytest.raises(RunError, match=r"checkpoint-2 holds no reference model \(reference\.pt\)"):
        run(path, resume=True)


def test_a_checkpoint_of_an_older_version_is_refused(small_run: Make, tmp_path: Path) -> None:
    path = small_run(trl={"save_steps": 2})
    dies_after(3, path)
    state = tmp_path / "run" / "checkpoints" / "checkpoint-2" / "rlvr_state_0.pt"
    saved = torch.load(state, weights_only=True)
    del saved["unlogged"]
    torch.save(saved, state)
    with pytest.raises(RunError, match="an older version of the toolkit saved it"):
        run(path, resume=True)


def test_a_cut_off_checkpoint_may_be_removed_by_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    folder = tmp_path / "checkpoints" / "checkpoint-2"
    folder.mkdir(parents=True)
    (folder / "optimizer.pt").write_bytes(b"")
    listed, real = [], shutil.rmtree

    def late(path: Path) -> None:
        """Find that what was listed has gone meanwhile, as where two processes remove the same folder."""
        listed.append(path)
        if len(listed) == 1:
            (path / "optimizer.pt").unlink()
            (path / "optimizer.pt").unlink()
        real(path)

    monkeypatch.setattr("reasoners.run_folder.shutil.rmtree", late)
    assert RunFolder(tmp_path).last_checkpoint() is None
    assert not folder.exists()


def test_deepspeed_with_a_moving_reference_model_is_refused() -> None:
    exact: Any = ExactResume()
    exact.trainer = SimpleNamespace(accelerator=SimpleNamespace(distributed_type="DEEPSPEED"))
    with pytest.raises(RunError, match="Shard with FSDP"):
        exact.on_train_begin(SimpleNamespace(sync_ref_model=True), None, None)


@pytest.mark.parametrize(
    ("trl", "sections", "said"),
    [
        ({"save_only_model": True}, {}, "optimizer, schedule and random numbers.*save_total_limit"),
        ({"save_total_limit": 1}, {}, "before the next one is whole.*Take 2 or more"),
        ({"ignore_data_skip": True}, {}, "other prompts than an unbroken one"),
        ({"sync_ref_model": True}, {}, r"needs trl\.beta above 0"),
        ({"sync_ref_model": True, "beta": 0.1}, {"lora": {"r": 2}}, r"without its adapter.*model\.lora"),
    ],
)
def test_what_cannot_be_resumed_is_refused(
    trl: dict[str, Any], sections: dict[str, Any], said: str, small_run: Make, tiny_model: Path
) -> None:
    path = small_run(trl=trl, model={"name": str(tiny_model), "precision": "fp32", **sections})
    with pytest.raises(ConfigError, match=rf"trl\.{next(iter(trl))}.*{said}"):
        check(load_config(path))


@pytest.mark.parametrize(
    ("sections", "field", "value"),
    [
        ({"held_out": {"every": 1}}, "temperature", 0.5),
        ({"held_out": {"every": 1}}, "seed", 7),
        ({"algorithm": {"name": "raft"}}, "batch_size", 7),
    ],
)
def test_what_a_run_samples_with_stays_as_it_is(
    sections: dict[str, Any], field: str, value: Any, small_run: Make
) -> None:
    path = small_run(audit={}, **sections)
    before = load_config(path)
    folder = RunFolder(before.run.dir)
    folder.open(before, resume=False, overwrite=False)
    old = getattr(before.audit, field)
    with pytest.raises(RunError, match=rf"audit\.{field}: was {old}, is {value}\n"):
        folder.open(load_config(path, {f"audit.{field}": value}), resume=True, overwrite=False)
    folder.open(load_config(path, {"select.threshold": 0.1}), resume=True, overwrite=False)


def test_an_audit_that_comes_after_the_run_may_change(small_run: Make) -> None:
    path = small_run(audit={})
    folder = RunFolder(load_config(path).run.dir)
    folder.open(load_config(path), resume=False, overwrite=False)
    folder.open(load_config(path, {"audit.temperature": 0.5}), resume=True, overwrite=False)
    assert "temperature: 0.5" in (folder.root / "config.yaml").read_text()
