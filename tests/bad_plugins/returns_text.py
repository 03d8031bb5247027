"""A text where a number is due."""

from rewards import reward


@reward("returns_text")
def returns_text(completion: str, answer: str) -> str:
    """Pay for the stated answer."""
    return "yes" if completion.endswith(answer) else "no"
