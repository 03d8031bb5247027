"""Schema linking: whether a query reads the right tables and columns (Reasoning-SQL, arXiv 2503.23157).

The paper takes the Jaccard index; code published under its first author's name takes recall, which pays a query that
names every column in full. Here the Jaccard index is the default, and recall an option.
"""

from __future__ import annotations

from typing import Literal

from rewards.sql.contract import Schema
from rewards.sql.parts.names import names_of
from rewards.sql.parts.ngram import jaccard

Linking = Literal["jaccard", "recall"]


def schema_score(
    predicted: str, gold: str, schema: Schema, dialect: str = "sqlite", how: Linking = "jaccard"
) -> float:
    """Return how far the tables and columns agree: |P ∩ G| / |P ∪ G|, or |P ∩ G| / |G| with `recall`.

    Two queries that read nothing agree. A text that sqlglot cannot parse as a query scores 0.
    """
    ours, theirs = names_of(predicted, schema, dialect), names_of(gold, schema, dialect)
    if ours is None or theirs is None:
        return 0.0
    if how == "recall" and theirs.items:
        return len(ours.items & theirs.items) / len(theirs.items)
    return jaccard(ours.items, theirs.items)
