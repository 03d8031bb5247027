"""A checkpoint that resumes exactly: what TRL leaves out of it, written down and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import TrainerCallback

from reasoners.run_folder import RunError
from reasoners.whole_state import take_weights, whole_weights
from rewards.files import whole_file

if TYPE_CHECKING:
    from reasoners.trainer import RLVRTrainer

REFERENCE = "reference.pt"
"""File of a checkpoint: the weights of a reference model that follows the policy."""


class ExactResume(TrainerCallback):  # type: ignore[misc]
    """Put the generation buffer, its phase and a moving reference model into each checkpoint; take them up again.

    TRL keeps none of them: without this a run with several optimizer steps per generation resumes out of phase, and
    one with `sync_ref_model` with the reference it began with. Nor does it keep the figures of the steps since the
    last logged line, which the next line is a mean of.
    """

    def __init__(self) -> None:
        self.trainer: RLVRTrainer | None = None
        self._unlogged: dict[str, Any] | None = None  # as a checkpoint has it, until training begins

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Go on with the line that was not logged yet; the trainer has just begun one anew.

        Raises:
            RunError: no checkpoint could hold a moving reference model in DeepSpeed's engine.
        """
        assert self.trainer is not None
        if args.sync_ref_model and self.trainer.accelerator.distributed_type == "DEEPSPEED":
            raise RunError(
                "trl.sync_ref_model: DeepSpeed's engine hides the reference model's weights, so checkpoints could not "
                "hold them. Shard with FSDP, or leave it out."
            )
        if self._unlogged is not None:
            _take_unlogged(self.trainer, self._unlogged)
            self._unlogged = None

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the state as the checkpoint's last files."""
        assert self.trainer is not None
        self.trainer.recorder.flush(
            self.trainer.accelerator.process_index
        )  # a checkpoint never runs ahead of the records
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if self.trainer.critic is not None:
            self.trainer.critic.save(folder)
        if args.sync_ref_model:
            self._save_reference(self.trainer, folder)
        self._save_state(self.trainer, folder)

    def restore(self, checkpoint: Path) -> None:
        """Take up what `on_save` wrote.

        Raises:
            RunError: another number of processes or an older version wrote it; it lacks the reference model.
        """
        assert self.trainer is not None
        before, now = len(list(checkpoint.glob("rlvr_state_*.pt"))), self.trainer.accelerator.num_processes
        if before != now:
            raise RunError(
                f"cannot resume {checkpoint}: it was saved by {before} process(es), this run has {now}. Each keeps its "
                f"own part of the batch and its random numbers; start it with {before}."
            )
        name = f"rlvr_state_{self.trainer.accelerator.process_index}.pt"
        saved = torch.load(checkpoint / name, weights_only=True)
        if "unlogged" not in saved:
            raise RunError(
                f"cannot resume {checkpoint}: an older version of the toolkit saved it. Go on with that version, or "
                "start anew in another run.dir."
            )
        self._unlogged = saved["unlogged"]
        self.trainer._step = saved["step"]
        self.trainer._buffered_inputs = saved["buffer"]
        self.trainer.pool.restore(saved["pool"])
        self.trainer.carried.restore(saved["carried"])
        if self.trainer.critic is not None:
            self.trainer.critic.restore(checkpoint)
        if self.trainer.args.sync_ref_model:
            self._restore_reference(self.trainer, checkpoint)

    def _save_state(self, trainer: RLVRTrainer, folder: Path) -> None:
        """Write each rank's state, the first one's after all others': it says that the checkpoint is whole."""
        accelerator = trainer.accelerator
        if accelerator.is_main_process:
            accelerator.wait_for_everyone()
        with whole_file(folder / f"rlvr_state_{accelerator.process_index}.pt") as partial:
            torch.save(self._state(trainer), partial)
        if not accelerator.is_main_process:
            accelerator.wait_for_everyone()

    @staticmethod
    def _save_reference(trainer: RLVRTrainer, folder: Path) -> None:
        weights = whole_weights(trainer.ref_model)  # of all ranks together
        if trainer.accelerator.is_main_process:
            with whole_file(folder / REFERENCE) as partial:
                torch.save(weights, partial)

    @staticmethod
    def _restore_reference(trainer: RLVRTrainer, checkpoint: Path) -> None:
        path = checkpoint / REFERENCE
        if not path.exists():
            raise RunError(
                f"cannot resume: {checkpoint} holds no reference model ({REFERENCE}), which trl.sync_ref_model moves. "
                "Start anew in another run.dir."
            )
        take_weights(trainer.ref_model, torch.load(path, weights_only=True, map_location="cpu"))

    @staticmethod
    def _state(trainer: RLVRTrainer) -> dict[str, Any]:
        period = trainer.args.steps_per_generation * trainer.num_iterations
        used_up = trainer._step % period == 0  # the next step generates anew: nothing to keep
        return {
            "step": trainer._step,
            "buffer": None if used_up else trainer._buffered_inputs,
            "pool": trainer.pool.state(),
            "carried": trainer.carried.state(),
            "unlogged": _unlogged(trainer),
        }


def _unlogged(trainer: RLVRTrainer) -> dict[str, Any]:
    """Return what the trainer adds up until it logs its next line, on this rank."""
    return {
        "metrics": {name: [float(v) for v in found] for name, found in trainer._metrics["train"].items()},
        "loss": trainer._tr_loss.detach().cpu(),
        "loss_of_lines": float(trainer._total_loss_scalar),
        "last_line": trainer._globalstep_last_logged,
    }


def _take_unlogged(trainer: RLVRTrainer, saved: Mapping[str, Any]) -> None:
    for name, found in saved["metrics"].items():
        trainer._metrics["train"][name] = list(found)
    trainer._tr_loss = saved["loss"].to(trainer.args.device)
    trainer._total_loss_scalar = saved["loss_of_lines"]
    trainer._globalstep_last_logged = saved["last_line"]
