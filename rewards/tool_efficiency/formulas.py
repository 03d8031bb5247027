"""The formulas of Optimal Tool Calls (arXiv 2504.14870), on plain numbers.

m is the number of tool calls of a completion, n the fewest calls with which the question was answered, c > 0 a
smoothing constant: the larger it is, the more slowly the pay falls. The pay multiplies correctness; added to it, it
would pay for idleness.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class GroupEfficiency:
    """What OTC-GRPO gives one prompt's samples.

    Attributes:
        least: n, the fewest calls among the right samples; None where none is right.
        efficiency: r_tool of each sample; None where n is undefined.
        rewards: alpha x r_tool x correctness of each sample; all 0 where none is right.
    """

    least: int | None
    efficiency: tuple[float, ...] | None
    rewards: tuple[float, ...]


def otc_ppo(calls: int, c: float) -> float:
    """Return r_tool = cos(m pi / (2 m + c)) of OTC-PPO: 1 without calls, falling towards 0.

    Raises:
        ValueError: a negative number of calls, or c not above 0.
    """
    _check(c, calls)
    return math.cos(calls * math.pi / (2 * calls + c))


def mapped_calls(calls: int, least: int) -> float:
    """Return f(m, n): 0 if both are 0; m if n is 0; else 2 n m / (m + n), which grows from 0 to 2 n."""
    if least == 0:
        return float(calls)
    return 2 * least * calls / (calls + least)


def otc_grpo(calls: int, least: int, c: float) -> float:
    """Return r_tool of OTC-GRPO: 1 at m = n, else less.

    cos(m pi / (2 m + c)) where n = 0, else sin(f(m, n) pi / (2 n)). It falls on both sides of n; a right sample is
    never on the lower side, for n is the fewest calls of any.

    Raises:
        ValueError: a negative number of calls, or c not above 0.
    """
    _check(c, calls, least)
    if least == 0:
        return otc_ppo(calls, c)
    return math.sin(mapped_calls(calls, least) * math.pi / (2 * least))


def fewest_calls(correct: Sequence[bool], calls: Sequence[int]) -> int | None:
    """Return n, the fewest calls among right samples; None, and not 0, where none is right."""
    return min((m for right, m in zip(correct, calls, strict=True) if right), default=None)


def group_efficiency(
    correct: Sequence[bool], calls: Sequence[int], *, c: float, alpha: float = 1.0, least: int | None = None
) -> GroupEfficiency:
    """Return what OTC-GRPO pays one prompt's samples: alpha x r_tool where right, else 0.

    Args:
        correct: per sample.
        calls: per sample.
        c: smoothing constant, above 0.
        alpha: factor of the pay.
        least: a running minimum from earlier samples of the question; n is the smaller of it and the group's own.

    Raises:
        ValueError: sequences of unequal length, negative calls, c or alpha not above 0.
    """
    _check(c, *calls, *([] if least is None else [least]))
    if not alpha > 0:
        raise ValueError(f"alpha = {alpha}; it must be above 0")
    own = fewest_calls(correct, calls)
    if own is None:
        return GroupEfficiency(least, None, (0.0,) * len(calls))
    n = own if least is None else min(own, least)
    efficiency = tuple(otc_grpo(m, n, c) for m in calls)
    rewards = (alpha * e if right else 0.0 for right, e in zip(correct, efficiency, strict=True))
    return GroupEfficiency(n, efficiency, tuple(rewards))


def tool_productivity(correct: Sequence[bool], calls: Sequence[int]) -> float | None:
    """Return right answers per tool call over all samples; None where no call was made."""
    right, made = sum(map(bool, correct)), sum(calls)
    if len(correct) != len(calls):
        raise ValueError(f"{len(correct)} verdicts for {len(calls)} numbers of calls")
    return right / made if made else None


def _check(c: float, *counts: int) -> None:
    if not (c > 0 and math.isfinite(c)):
        raise ValueError(f"c = {c}; it must be a finite number above 0")
    if any(count < 0 for count in counts):
        raise ValueError(f"{min(counts)} tool calls; a count is not negative")
