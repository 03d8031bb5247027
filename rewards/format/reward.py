"""The reward `format`: a thinking block, optional blanks, an answer block, and nothing else."""

from __future__ import annotations

from rewards.contract import Score
from rewards.define import reward


@reward("format", domain="general", range=(0.0, 1.0), cost="inline")
def format_tags(
    completion: str, *, think: str = "think", answer: str = "answer", allow_prefilled: bool = False
) -> Score:
    """Pay 1 if the completion is <think>...</think>, blanks, <answer>...</answer>, each tag exactly once.

    `think` and `answer` name the tags. `allow_prefilled`: the chat template may have written the first tag.
    """
    problem = format_problem(completion, think, answer, allow_prefilled)
    return Score(0.0, reason=problem) if problem else Score(1.0)


def format_problem(text: str, think: str, answer: str, allow_prefilled: bool) -> str:
    """Return what is wrong with the format, in a sentence, or an empty text."""
    tags = [f"<{think}>", f"</{think}>", f"<{answer}>", f"</{answer}>"]
    counts = [text.count(tag) for tag in tags]
    if allow_prefilled and counts[0] == 0:
        text, counts[0] = tags[0] + text, 1
    for tag, count in zip(tags, counts, strict=True):
        if count != 1:
            return f"{tag} occurs {count} times"
    at = [text.index(tag) for tag in tags]
    if at != sorted(at):
        return "the tags are out of order"
    if at[0] != 0 or not text.endswith(tags[3]):
        return "there is text before the first or after the last tag"
    if text[at[1] + len(tags[1]) : at[2]].strip():
        return "there is text between the two blocks"
    return ""


def validate_format_tags(*, think: str, answer: str, allow_prefilled: bool) -> None:
    """Refuse tags that no completion can have. Raises `ValueError`."""
    if not think or not answer or think == answer:
        raise ValueError(f"`think` and `answer` must be two different tags, not {think!r} and {answer!r}")
