"""How output collapses to one format while a model is trained (Echo Chamber, Zhao et al. 2025, arXiv 2504.07912)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.errors import EvalError

Shares = Mapping[str, float]
PREFIX = "format/"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Collapse:
    """One format took over.

    Attributes:
        name: the format that leads at the end.
        first, last: its share of samples in [0, 1] at the first and the last step.
        step: the first step from which on its share never fell below the threshold; None if there is none.
        effective_first, effective_last: effective number of formats then.
    """

    name: str
    first: float
    last: float
    step: int | None
    effective_first: float
    effective_last: float


def format_history(metrics: Sequence[Mapping[str, Any]]) -> list[tuple[int, dict[str, float]]]:
    """Return (step, format -> share of samples) from a run's metrics; what no format matched is `other`."""
    found = []
    for row in metrics:
        shares = {k.removeprefix(PREFIX): float(v) for k, v in row.items() if _is_share(k, v)}
        if shares and "step" in row:
            rest = 1.0 - math.fsum(shares.values())
            found.append((int(row["step"]), shares | ({OTHER: rest} if rest > 1e-9 else {})))
    return found


def _is_share(key: str, value: Any) -> bool:
    return key.startswith(PREFIX) and isinstance(value, int | float) and math.isfinite(value)


def effective_formats(shares: Shares) -> float:
    """Return exp(entropy of the shares): 1 where one format has all, m where m have equal shares.

    Raises:
        EvalError: a negative share, or none above 0.
    """
    total = math.fsum(shares.values())
    if total <= 0 or min(shares.values()) < 0:
        raise EvalError("shares of formats must be at least 0, and one of them above.")
    parts = [value / total for value in shares.values() if value > 0]
    return math.exp(-math.fsum(p * math.log(p) for p in parts))


def collapse(history: Sequence[tuple[int, Shares]], threshold: float = 0.9) -> Collapse | None:
    """Return how the format that leads at the end came to lead; None without history.

    Raises:
        EvalError: a threshold outside (0, 1], or shares that cannot be.
    """
    if not 0 < threshold <= 1:
        raise EvalError(f"threshold must be within (0, 1]; got {threshold}.")
    if not history:
        return None
    (_, before), (_, after) = history[0], history[-1]
    name = max(after, key=lambda key: after[key])
    step = None
    for at, shares in reversed(history):
        if shares.get(name, 0.0) < threshold:
            break
        step = at
    ends = effective_formats(before), effective_formats(after)
    return Collapse(name, before.get(name, 0.0), after[name], step, *ends)
