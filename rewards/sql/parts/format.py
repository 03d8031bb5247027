"""Format: thinking and answer in their tags, once each, and nothing else."""

from __future__ import annotations

from rewards.format.reward import format_problem


def format_score(
    completion: str, think: str = "think", tag: str = "answer", prefilled: bool = False
) -> float:
    """Return 1 if the completion is <think>...</think>, blanks, <answer>...</answer>; blanks around do not matter."""
    return float(not format_problem(completion.strip(), think, tag, prefilled))
