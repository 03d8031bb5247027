"""A plain function."""


def no_decorator(completion: str, answer: str) -> float:
    """Pay for the stated answer."""
    return float(completion == answer)
