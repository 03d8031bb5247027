"""Say what `format` saw in a completion, with the reward's own code."""

from __future__ import annotations

from rewards.explain import Explanation
from rewards.format.reward import format_problem


def explain_format_tags(completion: str, *, think: str, answer: str, allow_prefilled: bool) -> Explanation:
    """Explain one completion; the arguments are those of `format`."""
    problem = format_problem(completion, think, answer, allow_prefilled)
    wanted = f"<{think}>...</{think}>, blanks, <{answer}>...</{answer}>"
    first = next((i for i, c in enumerate(completion) if not c.isspace()), len(completion))
    blanks = (
        f"{first} blank characters stand before the first tag" if first and first < len(completion) else ""
    )
    ending = "blanks follow the last tag" if completion != completion.rstrip() else ""
    return Explanation(
        read_gold=f"{wanted}, each tag exactly once and nothing else",
        rule=f"The format is broken: {problem}." if problem else "The format is as wanted.",
        lines=tuple(line for line in (blanks, ending) if line and problem),
        would_pay=(f"<{think}>\nreasoning\n</{think}>\n<{answer}>\nresult\n</{answer}>",),
        reads_thinking=True,
    )
