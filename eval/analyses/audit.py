"""The analyses that an audit's records allow without a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.analyses.budget import BudgetRow, budget_curve, normalised_regret


def audit_budget(folder: Path, budgets: Sequence[int] | None = None) -> list[BudgetRow]:
    """Return accuracy under caps on the length, from an audit's records; empty if it has no records with lengths.

    A masked sample leaves the problem's n, as everywhere.

    Raises:
        EvalError: a budget below 1.
    """
    if not (folder / "records").is_dir():
        return []
    import pyarrow.compute as pc

    from rewards.records import read_records

    table = read_records(folder, "audit", ("prompt_id", "completion_tokens", "correct"))
    known = pc.and_(pc.is_valid(table["correct"]), pc.is_valid(table["completion_tokens"]))
    table = table.filter(known)
    if not table.num_rows:
        return []
    tokens, correct = table["completion_tokens"].to_numpy(), table["correct"].to_numpy()
    return budget_curve(table["prompt_id"].to_numpy(), tokens, correct, budgets)


def budget_regret(rows: Sequence[BudgetRow]) -> float:
    """Return the normalised regret of a budget curve at its last budget (see `normalised_regret`)."""
    return normalised_regret([r.budget for r in rows], [r.accuracy for r in rows], rows[-1].budget)
