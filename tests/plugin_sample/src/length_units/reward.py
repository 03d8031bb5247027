"""The reward `length_units`."""

from __future__ import annotations

import re

from reasoners import BadReference, Score, Status, reward

METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0}
LENGTH = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,12})?) ?(mm|cm|km|m)\.?")


@reward("length_units", domain="physics", range=(0.0, 1.0))
def length_units(completion: str, answer: str, *, tolerance: float = 1e-6) -> Score:
    """Pay 1 if the last line is the length `answer`, in any metric unit, within the relative `tolerance`."""
    wanted = metres(answer) if isinstance(answer, str) else None
    if wanted is None:
        raise BadReference(f"the reference {answer!r:.60} is no length")
    line = completion.rstrip().rpartition("\n")[2].strip()
    got = metres(line)
    if got is None:
        return Score(0.0, Status.UNPARSED, reason=f"the last line is no length: {line[:60]!r}")
    if abs(got - wanted) <= tolerance * abs(wanted):
        return Score(1.0)
    return Score(0.0, reason=f"got {got:g} m, expected {wanted:g} m")


def metres(text: str) -> float | None:
    """Return a length such as `1.5 km` in metres, or None."""
    found = LENGTH.fullmatch(text.strip())
    return float(found[1]) * METRES[found[2]] if found else None
