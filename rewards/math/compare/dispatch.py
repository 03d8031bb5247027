"""The order of the rules: the cheapest and the most certain first."""

from __future__ import annotations

from rewards.math.compare.conditions import match_conditions
from rewards.math.compare.context import Context, Match, Rule
from rewards.math.compare.derivatives import unified
from rewards.math.compare.matrices import match_matrices
from rewards.math.compare.quantities import match_quantities
from rewards.math.compare.relations import match_relations
from rewards.math.compare.sequences import match_sequences
from rewards.math.compare.sets import match_sets
from rewards.math.compare.unwrap import plain
from rewards.math.compare.values import match_numbers, match_scalars
from rewards.math.compare.words import match_words
from rewards.math.tree import Node, Number

RULES: tuple[Rule, ...] = (
    match_words,
    match_conditions,
    match_matrices,
    match_sets,
    match_relations,
    match_sequences,
    match_quantities,
)


def dispatch(reference: Node, predicted: Node, context: Context) -> Match:
    """Compare two nodes by the first rule that is meant for such a pair. Raises `OverBudget`."""
    context.spend()
    if isinstance(reference, Number) and isinstance(predicted, Number):
        return match_numbers(reference, predicted, context)
    if reference == predicted:
        return Match(True, "same form")
    if context.depth == 1:
        reference, predicted = unified(reference, predicted)
    reference, predicted = (plain(node, context.depth == 1) for node in (reference, predicted))
    for rule in RULES:
        found = rule(reference, predicted, context)
        if found is not None:
            return found
    return match_scalars(reference, predicted, context)
