"""Knows a plain text and no chat."""

from honest import judged

from rewards import Rollout, Score, reward


@reward("reads_text_only")
def reads_text_only(rollout: Rollout, answer: str) -> Score:
    """Pay for the stated answer."""
    return judged(rollout.completion, answer)
