"""maj@k of an audit: what its stored samples answer, put to the vote.

An answer is read from a text as `eval.guess.stated_answer` reads it (the last box, tag, ####, "answer is", number),
which is rough: a voter sees texts, not verdicts. The verifier then says which answers are right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from eval.analyses.figures import Column, Sheet
from eval.analyses.stored import judged_samples
from eval.counts import Count
from eval.errors import EvalError
from eval.guess import stated_answer
from eval.passk import pass_at_k
from eval.summary import check_ks, columns
from eval.voting import Ties, Unparsed, Votes, maj_at_k

Equal = Literal["text", "verifier"]
"""When two answers are one. `text`: their normal forms are the same; `verifier`: also where both are right."""


@dataclass
class Ballot:
    """The answers to one problem: form -> samples judged right and wrong; `silent` stated none, of each kind."""

    forms: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    silent: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, text: str, correct: bool) -> None:
        """Count one sample."""
        form = stated_answer(text)
        (self.silent if form is None else self.forms[form])[not correct] += 1

    def votes(self, problem: str, equal: Equal) -> Votes:
        """Return the votes; an answer is right if at least half of the samples that give it were judged so."""
        right = tuple(sorted(a + b for a, b in self.forms.values() if a >= b))
        wrong = tuple(sorted(a + b for a, b in self.forms.values() if a < b))
        together = (sum(right),) if right and equal == "verifier" else right
        return Votes(problem, together, wrong, sum(self.silent))

    @property
    def against(self) -> int:
        """Samples whose own verdict is not that of the answer they give."""
        return self.silent[0] + sum(min(pair) for pair in self.forms.values())


def ballots(samples: Iterable[tuple[str, str, bool]]) -> dict[str, Ballot]:
    """Return problem id -> ballot, from problem, text and verdict of each sample."""
    found: dict[str, Ballot] = defaultdict(Ballot)
    for problem, text, correct in samples:
        found[problem].add(text, correct)
    return found


def majority_sheet(
    folder: Path,
    counts: Sequence[Count],
    ks: Sequence[int] | None = None,
    ties: Ties = "share",
    unparsed: Unparsed = "ignore",
    equal: Equal = "text",
) -> Sheet:
    """Return pass@1, maj@k and pass@k of an audit's stored samples.

    Args:
        folder: of the audit.
        counts: of the audit.
        ks: draws; default: powers of two up to the smallest n, and that n.
        ties, unparsed: see `eval.voting`.
        equal: when two answers are one.

    Raises:
        EvalError: an unknown rule, a k above some n, samples that do not fit the counts.
        RecordError: the audit keeps no samples.
    """
    if equal not in get_args(Equal):
        raise EvalError(f"equal must be one of {', '.join(get_args(Equal))}; got {equal!r}.")
    chosen = check_ks(counts, ks)
    found = ballots((x.problem_id, x.text, x.correct) for x in judged_samples(folder, counts))
    votes = [found[x.problem_id].votes(x.problem_id, equal) for x in counts]

    @cache  # many problems have the same votes
    def credit(right: tuple[int, ...], wrong: tuple[int, ...], silent: int, k: int) -> float:
        return maj_at_k(Votes("", right, wrong, silent), k, ties, unparsed)

    n, c = columns(counts)
    shown = [Column("pass@1", 1, pass_at_k(n, c, 1))]
    for k in chosen:
        values = np.array([credit(v.right, v.wrong, v.unparsed, k) for v in votes])
        shown.append(Column(f"maj@{k}", k, values))
    shown += [Column(f"pass@{k}", k, pass_at_k(n, c, k)) for k in chosen if k > 1]
    return Sheet(counts, shown, _notes(list(found.values()), int(n.sum())))


def _notes(found: Sequence[Ballot], samples: int) -> list[str]:
    silent, against = sum(sum(b.silent) for b in found), sum(b.against for b in found)
    said = []
    if silent:
        said.append(f"{silent} of {samples} samples state no answer that could be read.")
    if against:
        said.append(
            f"{against} of {samples} samples were not judged as the answer they give is taken here: right without an "
            "answer that could be read, or an answer that the verifier took from some samples and not from others."
        )
    return said
