"""A reward that does not say what it pays for."""

from honest import judged

from rewards import Score, reward


@reward("no_docstring")
def no_docstring(completion: str, answer: str) -> Score:
    return judged(completion, answer)
