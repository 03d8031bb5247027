"""Training that has diverged: the error that stops it, and the batch written for a look at what did it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from rewards.errors import ToolkitError


class DivergedError(ToolkitError):
    """A loss, gradient or weight that is no number."""


def all_finite(tensors: Iterable[torch.Tensor]) -> bool:
    """Return whether every number of the tensors is finite; of a sharded tensor, this process's part."""
    local = [getattr(t, "to_local", lambda t=t: t)().detach() for t in tensors]
    norms = [torch.linalg.vector_norm(t, ord=torch.inf).float() for t in local if t.numel()]
    return not norms or bool(torch.stack([n.to(norms[0].device) for n in norms]).isfinite().all())


def dump_batch(folder: Path, step: int, batch: Mapping[str, Any]) -> Path:
    """Write the tensors of a batch to `folder/diverged-STEP.pt`, for a look at what did it; return the path."""
    path = folder / f"diverged-{step}.pt"
    torch.save({k: v.detach().cpu() for k, v in batch.items() if isinstance(v, torch.Tensor)}, path)
    return path
