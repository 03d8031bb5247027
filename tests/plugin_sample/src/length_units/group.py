"""The group reward `shortest`."""

from __future__ import annotations

from collections.abc import Sequence

from reasoners import Rollout, group_reward


@group_reward("shortest", domain="length", range=(0.0, 1.0))
def shortest(
    rollouts: Sequence[Rollout], scores: Sequence[float | None], *, bonus: float = 0.1
) -> list[float]:
    """Pay `bonus` to the shortest of the completions that scored best, equals alike; nothing to the others."""
    best = max((s for s in scores if s is not None), default=None)
    lengths = [
        len(r.completion) if s is not None and s == best else None
        for r, s in zip(rollouts, scores, strict=True)
    ]
    least = min((n for n in lengths if n is not None), default=None)
    return [bonus if n is not None and n == least else 0.0 for n in lengths]
