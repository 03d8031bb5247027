"""CoT-pass@k: counts in which a sample is right only if its reasoning is judged right too.

A judge, usually a model asked several times, votes on each sample whose answer is right. The count d of
samples right in both takes the place of c everywhere in this package (Wen et al. 2025, arXiv 2506.14245).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from eval.counts import Count
from eval.errors import EvalError

Rule = Literal["any", "majority", "all"]
"""Which votes make the reasoning right: one, more than half, or all. The three bound the figure."""


def judged_counts(
    counts: Sequence[Count], votes: Mapping[str, Sequence[Sequence[bool]]], rule: Rule = "majority"
) -> list[Count]:
    """Return counts with d in place of c.

    Args:
        counts: answers alone, as usual.
        votes: problem id -> one list of votes per sample whose answer is right, c lists in all.
        rule: which votes are enough.

    Raises:
        EvalError: an unknown rule, a problem without votes though c > 0, not c lists, or an empty list.
    """
    if rule not in get_args(Rule):
        raise EvalError(f"rule must be one of {', '.join(get_args(Rule))}; got {rule!r}.")
    return [Count(x.problem_id, x.n, _right(x, votes.get(x.problem_id, ()), rule), x.cluster) for x in counts]


def _right(count: Count, votes: Sequence[Sequence[bool]], rule: Rule) -> int:
    if len(votes) != count.c:
        raise EvalError(
            f"problem `{count.problem_id}`: {count.c} samples have the right answer, but {len(votes)} were "
            "judged. Judge each of them, and no other."
        )
    if not all(votes):
        raise EvalError(f"problem `{count.problem_id}`: a sample has no votes.")
    return sum(_enough(cast, rule) for cast in votes)


def _enough(cast: Sequence[bool], rule: Rule) -> bool:
    yes = sum(map(bool, cast))
    return {"any": yes > 0, "majority": 2 * yes > len(cast), "all": yes == len(cast)}[rule]
