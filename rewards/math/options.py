"""What a user may set per dataset, each with its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnitPolicy = Literal["lenient", "strict", "ignore"]
PercentPolicy = Literal["drop", "hundredth", "strict"]


@dataclass(frozen=True, slots=True)
class Options:
    """How strictly an answer is compared with the reference.

    Attributes:
        units: "lenient" takes a unit that stands on one side only and refuses two different ones, after converting
            the ones that measure the same thing (125 cm = 1.25 m); "strict" wants the same unit on both sides;
            "ignore" never looks.
        percent: "drop" reads 10 % as 10 where the other side has no percent sign; "hundredth" as 1/10; "strict"
            wants the sign on both sides or on neither (then 10 % = 1/10 is exact arithmetic).
        ordered: whether a bare list, `1, 2`, has an order. Brackets `(1, 2)` always have, braces never.
        tolerance: relative error allowed between two numbers; 0 is exact. A reference written as a decimal still
            takes values that round to it, to its own digits, unless `rounding` is off.
        rounding: whether a decimal reference takes a value that rounds to it.
        names: whether the name on the left of `x = 3` must agree where both sides have one. A name on one side only
            is never held against the answer.
        relation_as_set: whether `x < 3` answers (-inf, 3) and the other way round.
        sympy: ask sympy, in a child with a deadline, where all else leaves the pair undecided.
    """

    units: UnitPolicy = "lenient"
    percent: PercentPolicy = "drop"
    ordered: bool = False
    tolerance: float = 0.0
    rounding: bool = True
    names: bool = False
    relation_as_set: bool = True
    sympy: bool = False
