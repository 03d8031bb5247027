"""How the parts become one number. Every preset pays any right query more than any wrong one, by a margin.

The published sums do not: with weights 3/2/1/1/1/1 a wrong query that a judge likes reaches 6, and a right one written
unlike the reference 5.7. So what a wrong query can earn is scaled down to a share of what execution alone pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from rewards.define import Scale

Name = Literal["execution", "reasoning_sql", "arctic", "sql_r1", "skyrl", "think2sql", "annealed"]
NAMES = get_args(Name)
RESULTS_ONLY = ("execution", "arctic", "skyrl")
"""Presets that look at results alone, and pay nothing for wording or tags."""
MOST_SHAPING = 0.9


@dataclass(frozen=True)
class Facts:
    """What is known about one query: each number in [0, 1].

    Attributes:
        execution: 1 if its results are the reference's, else 0.
        runs: 1 if it gave a result.
        syntax: 1 if the engine accepts it.
        schema, ngram: how much it reads and says what the reference does.
        format: 1 if the completion keeps to the tags.
        judge: a judge's opinion of a query whose results differ; None if none was asked.
        cell_precision, cell_recall, cardinality: how near its results are to the reference's.
        brevity: 1 if the answer is the query and nothing else, less the more prose stands around it.
        progress: share of the training that is done.
    """

    execution: float = 0.0
    runs: float = 0.0
    syntax: float = 0.0
    schema: float = 0.0
    ngram: float = 0.0
    format: float = 0.0
    judge: float | None = None
    cell_precision: float = 0.0
    cell_recall: float = 0.0
    cardinality: float = 0.0
    brevity: float = 0.0
    progress: float = 1.0

    def parts(self, lean: bool = False) -> dict[str, float]:
        """Return every part by name, the judge's only if it was asked; `lean`: of the results alone."""
        names = [name for name in self.__dataclass_fields__ if name != "progress"]
        names = ["execution", "runs"] if lean else names
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class Preset(Protocol):
    """A rule that turns facts into pay. `shaping` in [0, 0.9] scales what a wrong query can earn."""

    def pay(self, facts: Facts, shaping: float) -> float:
        """Return the total."""

    def scale(self, shaping: float) -> Scale:
        """Return the lowest and the highest pay, and the least that a right query gets."""

    def wrong_to(self, shaping: float) -> float:
        """Return the most that a wrong query gets."""


@dataclass(frozen=True)
class Weighted:
    """A weighted sum for a right query; for a wrong one, at most `shaping` times the weight of execution.

    right: execution + sum of w * p;  wrong: shaping * execution * (sum of w * p) / (sum of w). The judge is asked about
    wrong queries only, and counts only if it was.
    """

    execution: float
    weights: Mapping[str, float]

    def pay(self, facts: Facts, shaping: float) -> float:
        """Return the total."""
        share = self.mean(facts)
        if facts.execution:
            return self.execution + share * self._sum(judged=False)
        return shaping * self.execution * share

    def mean(self, facts: Facts) -> float:
        """Return the weighted mean of the parts other than execution."""
        judged = facts.judge is not None and not facts.execution
        known = {name: getattr(facts, name) for name in self.weights if name != "judge" or judged}
        total: float = sum(self.weights[name] * value for name, value in known.items())
        return total / self._sum(judged)

    def _sum(self, judged: bool) -> float:
        return sum(weight for name, weight in self.weights.items() if name != "judge" or judged)

    def scale(self, shaping: float) -> Scale:
        """Return the bounds."""
        return (0.0, self.execution + self._sum(judged=False), self.execution)

    def wrong_to(self, shaping: float) -> float:
        """Return the most that a wrong query gets."""
        return shaping * self.execution


@dataclass(frozen=True)
class Annealed:
    """Shaping that falls to nothing over the training while execution rises from 0.5 to 2."""

    shaped: Weighted
    start: float = 0.5
    end: float = 2.0

    def pay(self, facts: Facts, shaping: float) -> float:
        """Return the total."""
        left = (1.0 - facts.progress) * self.shaped.mean(facts)
        if facts.execution:
            return self.start + (self.end - self.start) * facts.progress + left
        return shaping * self.start * left

    def scale(self, shaping: float) -> Scale:
        """Return the bounds over the whole training."""
        return (0.0, max(self.start + 1.0, self.end), self.start)

    def wrong_to(self, shaping: float) -> float:
        """Return the most that a wrong query gets, at the start."""
        return shaping * self.start


@dataclass(frozen=True)
class Levels:
    """One level for a right query, one for a wrong one that runs, one for a query that does not run.

    A completion without a query gets the lowest pay of the preset.
    """

    right: float
    runs: float
    fails: float
    lowest: float = 0.0

    def pay(self, facts: Facts, shaping: float) -> float:
        """Return the total."""
        return self.right if facts.execution else self.runs if facts.runs else self.fails

    def scale(self, shaping: float) -> Scale:
        """Return the bounds."""
        return (self.lowest, self.right, self.right)

    def wrong_to(self, shaping: float) -> float:
        """Return the most that a wrong query gets."""
        return max(self.runs, self.fails)


@dataclass(frozen=True)
class SqlR1:
    """SQL-R1: format 1 or -1, execution 2 or -2, result 3 or -3, and up to 1.5 for a right query without prose.

    Without the format a wrong query's execution and result are not looked at, as published; a right query's are. The
    published length term pays long thinking and long queries; `brevity` can only be lowered by more text.
    """

    prose: float = field(default=1.5)

    def pay(self, facts: Facts, shaping: float) -> float:
        """Return the total."""
        keeps = 1.0 if facts.format else -1.0
        if facts.execution:
            return keeps + 2.0 + 3.0 + self.prose * facts.brevity
        if not facts.format:
            return keeps
        return keeps + (2.0 - 3.0 if facts.runs else -2.0)

    def scale(self, shaping: float) -> Scale:
        """Return the bounds."""
        return (-1.0, 6.0 + self.prose, 4.0)

    def wrong_to(self, shaping: float) -> float:
        """Return the most that a wrong query gets."""
        return 0.0


LIKENESS = {"syntax": 1.0, "schema": 1.0, "ngram": 1.0, "format": 1.0}
CELLS = {"cell_precision": 0.25, "cell_recall": 0.25, "cardinality": 0.25, "format": 0.25}
PRESETS: dict[str, Preset] = {
    "execution": Levels(1.0, 0.0, 0.0),
    "reasoning_sql": Weighted(3.0, {"judge": 2.0, **LIKENESS}),
    "arctic": Levels(1.0, 0.1, 0.0),
    "sql_r1": SqlR1(),
    "skyrl": Levels(1.0, 0.0, 0.0, lowest=-1.0),
    "think2sql": Weighted(1.0, CELLS),
    "annealed": Annealed(Weighted(1.0, LIKENESS)),
}
