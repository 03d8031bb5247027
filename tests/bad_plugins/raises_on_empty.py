"""Takes the last word of a text that may have none."""

from honest import judged

from rewards import Score, reward


@reward("raises_on_empty")
def raises_on_empty(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    completion.split()[-1]

    return judged(completion, answer)
