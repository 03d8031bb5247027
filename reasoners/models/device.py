"""Which number format suits this machine.

TRL's defaults, bfloat16 and gradient checkpointing, are right on a GPU and up to seven times slower on a
CPU that has no bfloat16 units. Whether it has is measured, not assumed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

PROBE_SECONDS = 0.05
SMALL_BYTES = 20_000_000


@dataclass(frozen=True)
class Precision:
    """How to load and train a model here. `why` is a sentence for the user."""

    dtype: Literal["float32", "bfloat16"]
    device: Literal["cuda", "cpu", "mps"]
    gradient_checkpointing: bool
    why: str

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype as torch names it."""
        import torch

        return torch.bfloat16 if self.dtype == "bfloat16" else torch.float32


Wanted = Literal["auto", "bf16", "fp32"]


def choose_precision(folder: Path | str | None = None, wanted: Wanted = "auto") -> Precision:
    """Choose by hardware; on a CPU by timing a matrix product in both formats (about 0.1 s, once a process).

    Args:
        folder: the model's local folder, if there is one (see `resolve_model`). A model of a few million
            parameters stays in float32: it has no matrix large enough to gain by less.
        wanted: the user's word, which overrules the choice.
    """
    chosen = _fitting(folder)
    dtype = {"auto": chosen.dtype, "bf16": "bfloat16", "fp32": "float32"}[wanted]
    if dtype == chosen.dtype:
        return chosen
    return replace(chosen, dtype=dtype, why=f"{dtype}, as asked (by itself: {chosen.why})")


def _fitting(folder: Path | str | None) -> Precision:
    machine = _machine_precision()
    size = sum(p.stat().st_size for p in Path(folder).glob("*.safetensors")) if folder else 0
    if 0 < size < SMALL_BYTES:
        return Precision(
            "float32", machine.device, False, "float32, no gradient checkpointing: the model is small."
        )
    return machine


@cache
def _machine_precision() -> Precision:
    import torch

    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(
                "bfloat16", "cuda", True, f"bfloat16 with gradient checkpointing: {name} supports it."
            )
        return Precision(
            "float32", "cuda", True, f"float32 with gradient checkpointing: {name} has no bfloat16."
        )
    if torch.backends.mps.is_available():
        return Precision("float32", "mps", False, "float32 on Apple's GPU, no gradient checkpointing.")
    full, half = matmul_rate(torch.float32), matmul_rate(torch.bfloat16)
    speeds = f"a matrix product runs at {full:.0f} GFLOP/s in float32 and {half:.0f} in bfloat16"
    if half > full:
        return Precision(
            "bfloat16", "cpu", False, f"bfloat16 on this CPU, no gradient checkpointing: {speeds}."
        )
    return Precision("float32", "cpu", False, f"float32 on this CPU, no gradient checkpointing: {speeds}.")


def matmul_rate(dtype: torch.dtype, seconds: float = PROBE_SECONDS) -> float:
    """Return GFLOP/s of a product shaped like a small model's layer, measured for about `seconds`."""
    import torch

    rows, inner, columns = 128, 576, 576
    left, right = torch.ones(rows, inner, dtype=dtype), torch.ones(inner, columns, dtype=dtype)
    torch.matmul(left, right)  # the first product also loads its kernel
    end, best = time.perf_counter() + seconds, float("inf")
    while (begin := time.perf_counter()) < end:
        torch.matmul(left, right)
        best = min(best, time.perf_counter() - begin)  # the others may have waited for another process
    return 2e-9 * rows * inner * columns / best
