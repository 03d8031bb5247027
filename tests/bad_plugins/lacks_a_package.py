"""Needs a package that is not installed."""

import a_package_nobody_has
from honest import judged

from rewards import Score, reward


@reward("lacks_a_package")
def lacks_a_package(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    a_package_nobody_has.check(completion)
    return judged(completion, answer)
