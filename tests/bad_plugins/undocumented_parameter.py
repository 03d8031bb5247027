"""A parameter that nobody explains."""

from honest import judged

from rewards import Score, reward


@reward("undocumented_parameter")
def undocumented_parameter(completion: str, answer: str, *, fuzz: float = 0.0) -> Score:
    """Pay for the stated answer."""
    return judged(completion, answer)
