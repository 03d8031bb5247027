"""Cases for an audit of `tool_efficiency`: many calls never look like few, and none never look like some.

They are made by the generator for tool use from a trajectory of many calls. Here right means "pays as a completion
without calls", wherever a call is talked about or made by another role; everything else is a trajectory of many calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rewards.verifier_audit.case import Case
from rewards.verifier_audit.tool_use import tool_use_cases

NO_CALLS = (
    "no call",
    "call in prose only",
    "in the thinking only",
    "call of another role",
    "flattery",
    "empty",
)
MANY = 12
"""Calls of the trajectory: their efficiency is below one half for any c up to 12."""


def audit_tool_efficiency(row: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases; `row` plays no part. Raises nothing: with c above 12 the many calls may pay, and show it."""
    del row
    for case in tool_use_cases(_trajectory(MANY)):
        none = case.family in NO_CALLS
        family = "no call made" if none else "many calls made"
        yield replace(case, family=family, pays=none, note=f"{case.family} {case.note}".strip())


def _trajectory(calls: int) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for number in range(calls):
        call = {"type": "function", "function": {"name": "search", "arguments": {"query": f"page {number}"}}}
        turns.append({"role": "assistant", "content": "", "tool_calls": [call]})
        turns.append({"role": "tool", "name": "search", "content": f"text of page {number}"})
    return [*turns, {"role": "assistant", "content": "The answer is 42."}]
