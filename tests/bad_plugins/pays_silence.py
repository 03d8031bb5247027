"""Blanks are paid."""

from honest import judged

from rewards import Score, reward


@reward("pays_silence")
def pays_silence(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return judged(completion, answer) if completion.strip() or not completion else Score(1.0)
