"""What a training set has of a benchmark: shared n-grams of words, after normalisation (Brown et al. 2020, app. C).

The index holds the benchmark, which is small; the training set is read once, row by row, whatever its size.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eval.errors import EvalError

WORD = re.compile(r"\w+")
SIZE, LIMIT = 13, 0.5


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of one problem the training set holds.

    Attributes:
        problem: its id.
        share: share of its n-grams that occur in the training set, in [0, 1].
        exact: the whole text occurs as one training row's text or inside it.
        row: number of the training row, from 0, that holds most of it; None if there is none.
        row_share: share of the problem's n-grams in that row.
    """

    problem: str
    share: float
    exact: bool
    row: int | None
    row_share: float

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def words(text: str) -> list[str]:
    """Return the words and numbers of a text: lower case, compatibility forms unified, punctuation dropped."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def overlaps(problems: Mapping[str, str], training: Iterable[str], n: int = SIZE) -> list[Overlap]:
    """Return one `Overlap` per problem, in the order given.

    Args:
        problems: id -> text of the question.
        training: texts of the training rows.
        n: words per n-gram. A problem of fewer words counts as one n-gram, its whole text.

    Raises:
        EvalError: n below 1, or no problems.
    """
    if n < 1 or not problems:
        raise EvalError(f"an overlap needs problems, and n of at least 1; got {len(problems)} and n={n}.")
    grams = {name: set(_grams(words(text), n)) for name, text in problems.items()}
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in grams.items():
        for gram in found:
            owners[gram].append(name)
    sizes = sorted({len(gram) for gram in owners})
    seen: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    best: dict[str, tuple[int, int]] = {}
    for number, text in enumerate(training):
        here = words(text)
        hits: dict[str, int] = defaultdict(int)
        for gram in {g for size in sizes for g in _windows(here, size)} & owners.keys():
            for name in owners[gram]:
                hits[name] += 1
                seen[name].add(gram)
        for name, count in hits.items():
            if count > best.get(name, (0, 0))[0]:
                best[name] = (count, number)
    return [_overlap(name, found, seen[name], best.get(name)) for name, found in grams.items()]


def _overlap(
    name: str, grams: set[tuple[str, ...]], seen: set[tuple[str, ...]], best: tuple[int, int] | None
) -> Overlap:
    total = max(len(grams), 1)
    count, row = best if best is not None else (0, None)
    return Overlap(name, len(seen) / total, bool(grams) and count == len(grams), row, count / total)


def _grams(found: list[str], n: int) -> Iterator[tuple[str, ...]]:
    """Yield the n-grams of a problem; a shorter text is one."""
    return _windows(found, min(n, len(found))) if found else iter(())


def _windows(found: list[str], n: int) -> Iterator[tuple[str, ...]]:
    return (tuple(found[i : i + n]) for i in range(len(found) - n + 1))
