"""Takes time that grows with the square of the length."""

import re

from honest import judged

from rewards import Score, reward


@reward("slow_on_long", cost="inline")
def slow_on_long(completion: str, answer: str) -> Score:
    """Pay for the stated answer."""
    re.search("(a|b| )*z", completion)

    return judged(completion, answer)
