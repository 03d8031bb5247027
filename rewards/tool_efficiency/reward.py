"""The rewards `tool_efficiency` (one sample) and `otc_group`, `length_rank` (one prompt's group)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rewards.contract import Message, Rollout, Score
from rewards.define import Scale, group_reward, reward
from rewards.text import final_text
from rewards.tool_efficiency.counting import CallPolicy, count_calls
from rewards.tool_efficiency.formulas import group_efficiency, otc_ppo
from rewards.tool_efficiency.ranks import rank_pay

LEAST = "least_calls"
"""Column with the running minimum of calls for the row's question, filled by the trainer; see `otc_group`."""


def _scale(params: Mapping[str, Any]) -> Scale:
    return 0.0, float(params["alpha"]), float(params["alpha"])


@reward("tool_efficiency", domain="tool_use", range=(0.0, 1.0), cost="inline", scale=_scale, shaping=True)
def tool_efficiency(
    messages: Sequence[Message], *, alpha: float, c: float, count: CallPolicy = "requested"
) -> Score:
    """Pay alpha x cos(m pi / (2 m + c)) for m tool calls, a factor of correctness by `times` (OTC-PPO)."""
    counts = count_calls(messages)
    calls = counts.under(count)
    parts = {
        "calls": float(calls),
        "requested": float(counts.requested),
        "executed": float(counts.executed),
        "failed": float(counts.failed),
    }
    return Score(alpha * otc_ppo(calls, c), parts=parts, reason=f"{calls} calls ({count})")


@group_reward("otc_group", domain="tool_use", range=(-1.0, 1.0))
def otc_group(
    rollouts: Sequence[Rollout],
    scores: Sequence[float | None],
    *,
    alpha: float,
    c: float,
    count: CallPolicy = "requested",
    right_from: float = 1.0,
    carry: bool = False,
) -> list[Score | None]:
    """Turn each base total r into alpha x r_tool x r (OTC-GRPO), by paying the difference; keep its weight at 1.

    r_tool compares a sample with the fewest calls among the group's right ones; what is not right totals 0.
    """
    _check_totals(scores)
    calls = [count_calls(r.completion).under(count) for r in rollouts]
    known = [i for i, score in enumerate(scores) if score is not None]
    correct = [(scores[i] or 0.0) >= right_from - 1e-9 for i in known]
    earlier = _carried(rollouts) if carry else None
    found = group_efficiency(correct, [calls[i] for i in known], c=c, alpha=alpha, least=earlier)
    values: list[Score | None] = [None] * len(rollouts)
    for i, paid in zip(known, found.rewards, strict=True):
        base = scores[i] or 0.0
        parts = {"calls": float(calls[i])} | ({} if found.least is None else {"least": float(found.least)})
        values[i] = Score(paid * base - base, parts=parts, reason=f"{calls[i]} calls, fewest {found.least}")
    return values


@group_reward("length_rank", domain="tool_use", range=(-0.5, 0.5))
def length_rank(
    rollouts: Sequence[Rollout],
    scores: Sequence[float | None],
    *,
    unit: Literal["tokens", "characters"] = "tokens",
    right_from: float = 1.0,
) -> list[float | None]:
    """Pay the right samples of a group by rank of length: 0.5 the shortest, -0.5 the longest; 0 what is not right."""
    right = [i for i, score in enumerate(scores) if score is not None and score >= right_from - 1e-9]
    pay = rank_pay([_length(rollouts[i], unit) for i in right])
    paid = dict(zip(right, pay, strict=True))
    return [None if score is None else paid.get(i, 0.0) for i, score in enumerate(scores)]


def _length(rollout: Rollout, unit: str) -> int:
    if unit == "characters":
        return len(final_text(rollout.completion))
    if rollout.completion_tokens is None:
        raise ValueError("a rollout without a number of tokens; use unit: characters")
    return rollout.completion_tokens


def _check_totals(scores: Sequence[float | None]) -> None:
    """Refuse totals that cannot be multiplied: a many-calls failure would come out less bad."""
    for score in scores:
        if score is not None and not -1e-9 <= score <= 1 + 1e-9:
            raise ValueError(
                f"a base total of {score:g}; efficiency multiplies totals in [0, 1] only. Choose weights, or `clip`, "
                "so that the other rewards add up to at least 0 and at most 1"
            )


def _carried(rollouts: Sequence[Rollout]) -> int | None:
    found = [r.columns[LEAST] for r in rollouts if r.columns.get(LEAST) is not None]
    return int(min(found)) if found else None


def validate_tool_efficiency(*, alpha: float, c: float, **_: Any) -> None:
    """Refuse constants for which the formula is none. Raises `ValueError`."""
    if not (alpha > 0 and math.isfinite(alpha)):
        raise ValueError(f"alpha = {alpha}; it must be a finite number above 0")
    otc_ppo(0, c)


def validate_otc_group(*, alpha: float, c: float, right_from: float, **_: Any) -> None:
    """Refuse constants for which the formula is none. Raises `ValueError`."""
    validate_tool_efficiency(alpha=alpha, c=c)
    if alpha > 2:
        raise ValueError(f"alpha = {alpha}; totals stay within [0, 2], so it is at most 2")
    if not right_from > 0:
        raise ValueError(f"right_from = {right_from}; a total of 0 is not right")
