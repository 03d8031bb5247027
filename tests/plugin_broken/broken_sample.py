"""Needs a package that nobody has."""

import a_package_nobody_has

from reasoners import reward


@reward("broken_sample")
def broken_sample(completion: str) -> float:
    """Pay what the missing package says."""
    return float(a_package_nobody_has.judge(completion))
