"""Two-digit addition: the task of the proxy model, in two answer formats.

A problem is held out by a hash of its two numbers in either order, so that neither the warm start nor RL
sees it, nor its mirror image, whatever the seed.
"""

from __future__ import annotations

import hashlib
import random
from functools import cache
from typing import Any

from rewards.errors import ToolkitError

FORMATS = {"chain": r"^\d\+\d=", "direct": r"^:"}
"""How to tell the two formats apart: a regular expression that the completion's beginning matches."""

ANSWER_MARK = ":"
"""The answer is the text after the last mark."""

HELD_OUT_ONE_IN = 27


def question(a: int, b: int) -> str:
    """Return the prompt, for example `47+85=`."""
    return f"{a}+{b}="


def chain(a: int, b: int) -> str:
    """Return the worked completion, for example `7+5=12,4+8+1=13:132`."""
    units = a % 10 + b % 10
    carry = units // 10
    tens = a // 10 + b // 10 + carry
    return f"{a % 10}+{b % 10}={units},{a // 10}+{b // 10}+{carry}={tens}{ANSWER_MARK}{a + b}"


def direct(a: int, b: int) -> str:
    """Return the completion without work, for example `:132`."""
    return f"{ANSWER_MARK}{a + b}"


def is_held_out(a: int, b: int) -> bool:
    """Say whether the problem belongs to the held-out set."""
    digest = hashlib.sha256(f"addition:{min(a, b)}+{max(a, b)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT_ONE_IN == 0


@cache
def problems(split: str) -> tuple[tuple[int, int], ...]:
    """Return all problems of a split, in order: `train` or `test` (held out). Both numbers are in 10..99."""
    if split not in ("train", "test"):
        raise ToolkitError(
            f"unknown split `{split}` of embedded:addition. Known: train, test (the held-out problems)."
        )
    every = ((a, b) for a in range(10, 100) for b in range(10, 100))
    return tuple(p for p in every if is_held_out(*p) == (split == "test"))


def addition_rows(split: str = "train", size: int | None = None, seed: int = 0) -> list[dict[str, Any]]:
    """Return `size` distinct problems of a split, drawn with `seed`, as rows `{"id", "question", "answer"}`.

    Args:
        split: `train`, or `test` for the held-out problems.
        size: how many; None for all of the split.
        seed: the draw and its order. The same arguments give the same rows.

    Raises:
        ToolkitError: an unknown split, or more rows than the split holds.
    """
    pool = problems(split)
    if size is not None and not 0 < size <= len(pool):
        raise ToolkitError(f"embedded:addition has {len(pool)} {split} problems; asked for {size}.")
    drawn = random.Random(f"addition:{split}:{seed}").sample(pool, len(pool) if size is None else size)
    return [{"id": f"{a}+{b}", "question": question(a, b), "answer": str(a + b)} for a, b in drawn]
