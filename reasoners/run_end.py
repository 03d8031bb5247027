"""How a run that is resumed had ended before, if it had: at its last step, or early."""

from __future__ import annotations

from pathlib import Path

from reasoners.config import RunConfig
from reasoners.run_folder import RunFolder


def how_it_ended(folder: RunFolder, config: RunConfig) -> str | None:
    """Return how the run had ended, in words, and see to its model; None if there is something left to do."""
    finished = folder.finished_checkpoint()
    if finished is not None:
        folder.adopt(finished)
        return f"{finished.name} is its last step"
    from reasoners.held_out import stopped_early

    why = stopped_early(folder.root, config.held_out)
    if why is None or folder.has_model:
        return why
    last = folder.last_checkpoint()
    if last is None or not _evaluated_last(folder, last):
        return None  # the step at which it stopped is made again, and stops it again
    folder.adopt(last)
    return why


def _evaluated_last(folder: RunFolder, checkpoint: Path) -> bool:
    """Return whether the run's last evaluation is that of a checkpoint's step."""
    from reasoners.held_out import evaluations

    return checkpoint.name == f"checkpoint-{evaluations(folder.root)[-1]['step']}"
