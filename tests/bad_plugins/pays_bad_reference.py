"""Takes an empty reference for the prefix of any answer."""

from honest import judged

from rewards import Score, reward


@reward("pays_bad_reference")
def pays_bad_reference(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return Score(1.0) if completion.endswith(answer) else judged(completion, answer)
