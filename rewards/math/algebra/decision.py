"""What an identity test says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether two expressions are equal (None = undecided) and the rule that decided.

    The rules: `same form`, `rational arithmetic`, `polynomial identity`, `numeric identity`, `up to a constant`,
    `infinity`; undecided ones are `not scalar`, `opaque`, `undefined`, `precision` and `over budget`.
    """

    equal: bool | None
    rule: str


class Unsupported(ValueError):  # noqa: N818 - a state of the expression
    """The expression has a part that is no scalar algebra."""


class Undefined(ValueError):  # noqa: N818
    """The expression has no value: a division by zero."""
