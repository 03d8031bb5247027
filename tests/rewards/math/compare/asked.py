"""How these tests ask: two texts, parsed and compared."""

from __future__ import annotations

from typing import Any

from rewards.math.compare import compare
from rewards.math.options import Options
from rewards.math.parse import parse
from rewards.math.verdict import Verdict

Pair = tuple[str, str]


def verdict(reference: str, predicted: str, **options: Any) -> Verdict:
    """Compare two texts."""
    return compare(parse(reference), parse(predicted), Options(**options))


def accepts(reference: str, predicted: str, **options: Any) -> bool:
    """Whether the prediction answers the reference."""
    return verdict(reference, predicted, **options).correct


def pairs(table: str) -> list[Pair]:
    """Read `reference ~ prediction` lines."""
    lines = (line.strip() for line in table.strip().splitlines())
    return [(one.strip(), other.strip()) for one, _, other in (line.partition("~") for line in lines if line)]
