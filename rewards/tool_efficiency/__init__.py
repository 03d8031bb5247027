"""Fewer tool calls at the same correctness: OTC-PPO, OTC-GRPO and a rank by length."""

from rewards.tool_efficiency.counting import CallCounts, CallPolicy, count_calls
from rewards.tool_efficiency.formulas import (
    GroupEfficiency,
    fewest_calls,
    group_efficiency,
    mapped_calls,
    otc_grpo,
    otc_ppo,
    tool_productivity,
)

__all__ = [
    "CallCounts",
    "CallPolicy",
    "GroupEfficiency",
    "count_calls",
    "fewest_calls",
    "group_efficiency",
    "mapped_calls",
    "otc_grpo",
    "otc_ppo",
    "tool_productivity",
]
