"""What each neighbour in this folder gets wrong, done right."""

from rewards import BadReference, Score, Status

MARK = "The answer is "


def judged(completion: str, answer: str) -> Score:
    if not answer:
        raise BadReference("the reference is empty")
    _, mark, stated = completion.rpartition(MARK)
    if not mark:
        return Score(0.0, Status.UNPARSED, reason=f"there is no `{MARK}`")
    if stated.strip() == answer:
        return Score(1.0)
    return Score(0.0, reason=f"got {stated[:60]!r}, expected {answer[:60]!r}")
