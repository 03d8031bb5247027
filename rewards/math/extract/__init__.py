"""Where a completion states its answer. Linear time; only what the completion says is looked at, never the value."""

from rewards.math.extract.find import Where, find_answer
from rewards.math.extract.found import Found

__all__ = ["Found", "Where", "find_answer"]
