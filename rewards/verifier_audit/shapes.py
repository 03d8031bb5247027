"""The forms in which answers are stated, and which of them a verifier reads.

An audit must not blame a verifier for the form it asks for. So it tries the common forms with the reference itself,
and states its own answers, right and wrong, in the forms that were paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Shape = str
"""A text with one `{}` where the answer stands."""
MAX_SHAPES = 3


def shapes(params: Mapping[str, Any], domain: str = "general") -> list[Shape]:
    """Return the common forms, most explicit first; those that a parameter names come before all."""
    marker, tag = params.get("marker"), params.get("tag")
    named = [f"<{tag}>{{}}</{tag}>"] if isinstance(tag, str) and tag else []
    marked = [f"So{marker} {{}}"] if isinstance(marker, str) and marker else []
    forms = [
        "So it is \\boxed{{}}.",
        "#### {}",
        *named,
        "<answer>{}</answer>",
        "The answer is {}.",
        "{}",
        *marked,
    ]
    if domain == "sql":
        named = ["```sql\n{}\n```", "<sql>{}</sql>", *named]
        forms = [*named, "<answer>{}</answer>", "{}"]
    thought = "<think>\nLet me see.\n</think>\n"
    whole = [
        f"{thought}<answer>{{}}</answer>",
        f"{thought}{{}}",
        "So.</think>\n\\boxed{{}}",
        "So.</think>\n{}",
    ]
    return list(dict.fromkeys([*forms, *whole]))


def fill(shape: Shape, answer: str) -> str:
    """Return the form with an answer in its place."""
    head, _, tail = shape.partition("{}")
    return head + answer + tail


def paid_shapes(
    gold: str, params: Mapping[str, Any], domain: str, pays: Callable[[list[str]], list[bool]]
) -> list[Shape]:
    """Return the first `MAX_SHAPES` forms in which `pays` pays the reference."""
    forms = shapes(params, domain)
    verdicts = pays([fill(shape, gold) for shape in forms])
    return [shape for shape, paid in zip(forms, verdicts, strict=True) if paid][:MAX_SHAPES]
