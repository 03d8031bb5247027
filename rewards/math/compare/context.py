"""What the rules share: the options, the budget, and how a rule answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from rewards.math.options import Options
from rewards.math.tree import Node
from rewards.math.verdict import OverBudget

STEPS = 20_000
"""The most pairs of parts that one comparison looks at."""
ALGEBRA = 600
"""The most of them that may ask the algebra, which costs a thousand times more than a look."""
SYMPY = 3
"""The most pairs that one comparison may give to sympy, each with a deadline of seconds."""
DEPTH = 60


class Match(NamedTuple):
    """Whether two parts are equal (None = undecided) and the rule that decided."""

    equal: bool | None
    rule: str


Rule = Callable[[Node, Node, "Context"], Match | None]
"""A rule compares (reference, predicted), or returns None where it is not meant for such a pair."""


@dataclass(slots=True)
class Context:
    """One comparison: what the user set, what is left of the budget, and the way back to the dispatcher."""

    options: Options
    dispatch: Callable[[Node, Node, Context], Match]
    steps: int = STEPS
    algebra: int = ALGEBRA
    sympy: int = SYMPY
    depth: int = field(default=0)

    def spend(self, amount: int = 1) -> None:
        """Count work. Raises `OverBudget`."""
        self.steps -= amount
        if self.steps < 0:
            raise OverBudget(f"more than {STEPS} pairs of parts to compare")

    def spend_algebra(self) -> None:
        """Count one question to the algebra. Raises `OverBudget`."""
        self.algebra -= 1
        if self.algebra < 0:
            raise OverBudget(f"more than {ALGEBRA} questions to the algebra")

    def match(self, reference: Node, predicted: Node) -> Match:
        """Compare two parts by all rules. Raises `OverBudget`."""
        with self._deeper():
            return self.dispatch(reference, predicted, self)

    def all(self, pairs: list[tuple[Node, Node]], rule: str) -> Match:
        """Compare pair by pair: equal if all are, different if one is, undecided else."""
        undecided = False
        for reference, predicted in pairs:
            equal = self.match(reference, predicted).equal
            if equal is False:
                return Match(False, rule)
            undecided |= equal is None
        return Match(None if undecided else True, rule)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self.depth += 1
        try:
            if self.depth > DEPTH:
                raise OverBudget(f"nested deeper than {DEPTH}")
            yield
        finally:
            self.depth -= 1
