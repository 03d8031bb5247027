"""Where the progress bonus goes: on the tokens of the episode that made it."""

from __future__ import annotations

from collections.abc import Sequence


def place_bonus(bonus: Sequence[float], ends: Sequence[int], length: int) -> list[float]:
    """Return one value per token: the bonus of the episode that the token belongs to.

    Args:
        bonus: per episode.
        ends: for each episode the number of tokens up to its end; not falling.
        length: tokens of the completion; what follows the last episode (the answer) gets 0.

    Raises:
        ValueError: lengths that do not match, or ends that fall or pass the completion's end.
    """
    if len(bonus) != len(ends):
        raise ValueError(f"{len(bonus)} bonuses for {len(ends)} episodes")
    placed, begin = [0.0] * length, 0
    for value, end in zip(bonus, ends, strict=True):
        if not begin <= end <= length:
            raise ValueError(f"an episode that ends at token {end}; after {begin}, and at most {length}")
        placed[begin:end] = [value] * (end - begin)
        begin = end
    return placed
