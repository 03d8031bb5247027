"""Which problems which models solve at least once: coverage lists, for any number of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.counts import Count, check_counts
from eval.errors import EvalError


@dataclass(frozen=True)
class Coverage:
    """What `coverage` found.

    Attributes:
        models: names, in the order given.
        problems: ids, in the first model's order.
        solved_by: models that solve them (in the order of `models`; empty = none) -> positions in `problems`.
    """

    models: tuple[str, ...]
    problems: tuple[str, ...]
    solved_by: Mapping[tuple[str, ...], tuple[int, ...]]

    def ids(self, *models: str) -> list[str]:
        """Return the ids of the problems that exactly these models solve."""
        wanted = tuple(m for m in self.models if m in models)
        return [self.problems[i] for i in self.solved_by.get(wanted, ())]

    def to_json(self) -> dict[str, Any]:
        """Return plain data: one object per set of models, those that solve most together first."""
        rows = [
            {"models": list(models), "count": len(at), "indices": list(at), "ids": self.ids(*models)}
            for models, at in self.solved_by.items()
        ]
        return {"models": list(self.models), "problems": len(self.problems), "solved_by": rows}


def coverage(counts: Mapping[str, Sequence[Count]]) -> Coverage:
    """Sort problems by the set of models with c >= 1 there. That is a statement about n samples of each.

    Args:
        counts: model's name -> one count per problem; all models have the same problems, in any order.

    Raises:
        EvalError: no models, or models with different problems.
    """
    if not counts:
        raise EvalError("there are no models to cover anything; give the counts of at least one.")
    solved = {name: {x.problem_id: x.c > 0 for x in check_counts(found)} for name, found in counts.items()}
    names = tuple(solved)
    problems = tuple(solved[names[0]])
    for name in names:
        odd = solved[name].keys() ^ solved[names[0]].keys()
        if odd:
            raise EvalError(
                f"`{name}` and `{names[0]}` do not hold the same problems: {len(odd)} are in one only, the first "
                f"`{min(odd)}`. Give the problems that all have."
            )
    groups: dict[tuple[str, ...], list[int]] = {}
    for at, problem in enumerate(problems):
        groups.setdefault(tuple(n for n in names if solved[n][problem]), []).append(at)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[0]), [names.index(n) for n in item[0]]))
    return Coverage(names, problems, {models: tuple(at) for models, at in ordered})
