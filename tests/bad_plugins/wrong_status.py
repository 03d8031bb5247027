"""0 where nothing could be read: the status says that the verifier decided."""

from honest import judged

from rewards import Score, reward


@reward("wrong_status")
def wrong_status(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    return Score(judged(completion, answer).value)
