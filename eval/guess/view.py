"""The guess control of one audit as it lies on disk: everything a report says about chance, verifier and samples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from eval.counts import Count
from eval.errors import EvalError
from eval.extent import audit_rows
from eval.guess.answers import Answers, read_answers
from eval.guess.control import GuessControl, control_guesses
from eval.guess.prior import Guess, answer_guesses, baseline_guesses, choice_guesses
from eval.guess.verifier import BandRow, VerifierErrors, verifier_band

if TYPE_CHECKING:
    import pyarrow as pa

MOST_READ = 64
"""Samples per problem whose answers are read: more hardly change a distribution of answers."""
CHOICES = ("choices", "options")
"""Columns of a dataset in which the choices of a question stand by custom."""
_COLUMNS = ("prompt_id", "sample_index", "completion", "chat", "correct")
_ORDER = [("prompt_id", "ascending"), ("sample_index", "ascending")]


@dataclass(frozen=True)
class GuessView:
    """What the guess control of one audit found.

    Attributes:
        control: flags and rows.
        answers: problem id -> its answers, as far as read; empty if the audit has no records.
        baseline: name of the run without reasoning, or empty.
        band: how far the verifier's errors could move pass@k; empty if they were not given.
        errors: those errors, or None.
        caveats: what a reader must know of the run without reasoning, sentences (see `eval.guess.bare`).
    """

    control: GuessControl
    answers: Mapping[str, Answers]
    baseline: str = ""
    band: Sequence[BandRow] = ()
    errors: VerifierErrors | None = None
    caveats: Sequence[str] = ()


def load_guesses(
    folder: Path,
    counts: Sequence[Count],
    n: int | None = None,
    *,
    references: Mapping[str, str] | None = None,
    baseline: tuple[str, Sequence[Count]] | None = None,
    errors: VerifierErrors | None = None,
    ks: Sequence[int] | None = None,
) -> GuessView:
    """Read an audit's samples and control its counts for guessing.

    Args:
        folder: of the audit; without records, only `baseline` and `errors` are used.
        counts: of the audit.
        n: leave out samples from this index on, which an earlier and larger audit left.
        references: problem id -> reference answer.
        baseline: name and counts of the same model's audit with a prompt that asks for the bare answer.
        errors: the verifier's.
        ks: draws.

    Raises:
        EvalError: the baseline has none of the problems; or as `control_guesses`.
    """
    sources: list[Mapping[str, Guess]] = []
    answers: dict[str, Answers] = {}
    if (folder / "records").is_dir():
        sources.append(choice_guesses(declared_choices(folder)))
        answers = audit_answers(folder, n, references or {})
        sources.append(answer_guesses(list(answers.values())))
    if baseline is not None:
        known = {x.problem_id for x in counts}
        if not any(x.problem_id in known for x in baseline[1]):
            raise EvalError(
                f"the run without reasoning, `{baseline[0]}`, has none of the audit's problems. It is an audit of the "
                "same problems with a prompt that asks for the bare answer."
            )
        sources.append(baseline_guesses(baseline[1]))
    control = control_guesses(counts, *sources, ks=ks)
    band = verifier_band(counts, errors, ks) if errors else ()
    return GuessView(control, answers, baseline[0] if baseline else "", band, errors)


def declared_choices(folder: Path) -> dict[str, int]:
    """Return problem id -> number of choices, where the dataset's columns list them."""
    table = audit_rows(folder, ("prompt_id", "columns"))
    found = {}
    for problem, text in _first_columns(table):
        columns = json.loads(text) if any(f'"{name}"' in text for name in CHOICES) else {}
        listed = next((columns[name] for name in CHOICES if isinstance(columns.get(name), list)), ())
        if len(listed) >= 2:
            found[problem] = len(listed)
    return found


def audit_answers(folder: Path, n: int | None, references: Mapping[str, str]) -> dict[str, Answers]:
    """Return problem id -> answers of its first samples, at most `MOST_READ`."""
    import pyarrow.compute as pc

    table = audit_rows(folder, _COLUMNS)
    most = MOST_READ if n is None else min(n, MOST_READ)
    table = table.filter(pc.less(table["sample_index"], most)).sort_by(_ORDER)
    found = {}
    for problem, rows in _groups(table):
        texts = rows["completion"].to_pylist()
        chats = rows["chat"].to_pylist()
        said = [_final(text) if chat else text for text, chat in zip(texts, chats, strict=True)]
        samples = zip(said, rows["correct"].to_pylist(), strict=True)
        found[problem] = read_answers(problem, samples, references.get(problem))
    return found


def _final(chat: str) -> str:
    from rewards.text import final_text

    return final_text(json.loads(chat))


def _first_columns(table: pa.Table) -> list[tuple[str, str]]:
    """Return problem id -> the text in `columns` of its first row, as pairs."""
    import numpy as np
    import pyarrow.compute as pc

    if not table.num_rows:
        return []
    codes = pc.dictionary_encode(table["prompt_id"].combine_chunks()).indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    rows = table.take(first).to_pydict()
    return list(zip(rows["prompt_id"], rows["columns"], strict=True))


def _groups(table: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return (problem id, its rows) of a table sorted by problem."""
    import numpy as np
    import pyarrow.compute as pc

    if not table.num_rows:
        return []
    names = pc.dictionary_encode(table["prompt_id"].combine_chunks())
    codes = names.indices.to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
    problems = names.dictionary.to_pylist()
    return [(problems[codes[a]], table.slice(a, b - a)) for a, b in pairwise(starts)]
