"""What a reader of a foreign format gives back. No logic beyond counting and pooling lives here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.counts import Count, cluster_name
from eval.errors import EvalError


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sample made and judged elsewhere; `correct` is None where it was not judged."""

    problem: str
    correct: bool | None
    text: str = ""
    prompt: str = ""
    reference: str = ""
    cluster: str = ""


@dataclass
class Imported:
    """What a file holds: samples one by one, or only their counts.

    Attributes:
        outcomes: samples, in the file's order.
        counts: problems of which only n and c are known.
        texts: problem and text of samples that stand in `counts`: which of them are right is not known.
        notes: what a reader must be told, sentences.
        score: name of the score that was read.
        task: what the file calls its task; empty if it does not say.
        documents: what problems ask, where ids restart with each task: (problem, kind of mark) -> (task, mark).
        parts, judged: scores strictly between 0 and 1, and all scores that `judge` read.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    score: str = ""
    task: str = ""
    documents: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    parts: int = 0
    judged: int = 0

    def judge(self, value: object, where: str) -> bool | None:
        """Return whether a score says correct, as `as_correct` does, and count it."""
        correct = as_correct(value, where)
        self.judged += correct is not None
        self.parts += _is_part(value)
        return correct

    def check_parts(self) -> None:
        """Note the scores between 0 and 1, which count as not correct. Raises `EvalError`: they are most of them."""
        if 2 * self.parts > self.judged:
            raise EvalError(
                f"{self.parts} of {self.judged} scores `{self.score}` are parts of 1, so they say how good a response "
                "is and not whether it is right. Read another score with --score, or write lines with `correct` true "
                "or false, by a threshold of your own, and import them as plain."
            )
        if self.parts:
            self.note(f"{self.parts} of {self.judged} scores are parts of 1 and count as not correct.")

    def all_counts(self) -> list[Count]:
        """Return one count per problem. A problem without a judged sample has none.

        Raises:
            EvalError: nothing was judged, a problem is given both ways, or stands in two clusters.
        """
        n = Counter(o.problem for o in self.outcomes if o.correct is not None)
        c = Counter(o.problem for o in self.outcomes if o.correct)
        both = next((count.problem_id for count in self.counts if count.problem_id in n), None)
        if both is not None:
            raise EvalError(f"problem `{both}` comes both as samples and as counts; import one of the files.")
        groups: dict[str, str] = {}
        for o in self.outcomes:
            groups[o.problem] = _one_cluster(o.problem, groups.get(o.problem, ""), o.cluster)
        found = [*(Count(p, n[p], c[p], groups[p]) for p in n), *self.counts]
        if not found:
            raise EvalError("no judged sample was found; is this the right format and file?")
        return found

    def add(self, other: Imported) -> None:
        """Take in what another file holds: samples of one problem are pooled.

        Raises:
            EvalError: the files are judged by different scores, or hold different problems under one id.
        """
        if self.score and other.score and self.score != other.score:
            raise EvalError(
                f"the files are judged by `{self.score}` and by `{other.score}`; name one with --score."
            )
        for (problem, kind), (task, mark) in other.documents.items():
            self._ask(problem, kind, task, mark)
        self.score = self.score or other.score
        self.parts, self.judged = self.parts + other.parts, self.judged + other.judged
        self.counts = pooled([*self.counts, *other.counts])
        self.outcomes += other.outcomes
        self.texts += other.texts
        for note in other.notes:
            self.note(note)

    def ask(self, problem: str, kind: str, mark: str) -> None:
        """Say what a problem asks: a mark of its document, such as its prompt; an empty one says nothing.

        One id for two documents is one problem only within a task, which may order options anew with each seed.

        Raises:
            EvalError: the id stands for another document, and not in the same task.
        """
        if mark:
            self._ask(problem, kind, self.task, mark)

    def _ask(self, problem: str, kind: str, task: str, mark: str) -> None:
        before, known = self.documents.setdefault((problem, kind), (task, mark))
        if known == mark:
            return
        if not task or task != before:
            tasks = f" of the tasks `{before}` and `{task}`" if before and task else ""
            raise EvalError(
                f"two problems{tasks} have the id `{problem}`: their {kind} differs. Ids begin anew with each task, so "
                "import the files of each task into a folder of its own."
            )
        self.note(f"Files of the task `{task}` differ in the {kind} of a problem; they are pooled by its id.")

    def note(self, sentence: str) -> None:
        """Add a sentence to the notes, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def task_of(stem: str) -> str:
    """Return the TASK of a file named KIND_TASK_DATE; empty if it is named otherwise."""
    found = _NAMED.fullmatch(stem)
    return found[1] if found else ""


_NAMED = re.compile(r"(?:samples|details)_(.+?)(?:_[0-9]{4}-[0-9]{2}-[0-9]{2}.*)?", re.DOTALL)
Reader = Callable[[Path, str | None], Imported]
"""Reads a file; the second argument names the score to read, None = the only one."""


def pooled(counts: Iterable[Count]) -> list[Count]:
    """Return one count per problem: n and c of all that name it, in the order of the first."""
    found: dict[str, Count] = {}
    for count in counts:
        name = count.problem_id
        if before := found.get(name):
            cluster = _one_cluster(name, before.cluster, count.cluster)
            count = Count(name, before.n + count.n, before.c + count.c, cluster)
        found[name] = count
    return list(found.values())


def _one_cluster(problem: str, known: str, given: str) -> str:
    if known and given and known != given:
        raise EvalError(f"problem `{problem}` stands in the clusters `{known}` and `{given}`; it has one.")
    return known or given


def cluster_of(row: Mapping[str, Any], where: str) -> str:
    """Return a line's `cluster`; empty text if it has none. Raises `EvalError`: neither text nor a whole number."""
    try:
        return cluster_name(row.get("cluster"))
    except EvalError as error:
        raise EvalError(f"{where}: {error}") from error


def right_of(n: int, mean: object) -> int | None:
    """Return how many of n samples are right by their mean score; None where n times it is no whole number."""
    if not isinstance(mean, int | float) or not 0 <= mean <= 1:
        return None
    right = round(mean * n)
    return right if abs(mean * n - right) <= 1e-6 else None


def choose_score(names: Iterable[str], wanted: str | None, where: str) -> str:
    """Return the score to read: the one wanted, or the only one. Raises `EvalError` with the names there are."""
    known = list(dict.fromkeys(names))
    if wanted is not None and wanted in known:
        return wanted
    if wanted is None and len(known) == 1:
        return known[0]
    listed = ", ".join(known) or "none"
    if wanted is not None:
        raise EvalError(f"{where}: no score `{wanted}`. There are: {listed}.")
    raise EvalError(f"{where}: name the score to read with --score. There are: {listed}.")


def _is_part(value: object) -> bool:
    try:
        return value == "P" or 0 < float(str(value)) < 1 - 1e-9
    except ValueError:
        return False


def as_correct(value: object, where: str) -> bool | None:
    """Return whether a score says correct: 1, true or `C` do; 0, false, `I`, `N` and parts of 1 (`P`) do not.

    None: it was not judged.

    Raises:
        EvalError: a value that is no score between 0 and 1.
    """
    letters = {"C": True, "I": False, "P": False, "N": False, "pass": True, "fail": False, "timeout": False}
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in letters:
        return letters[value]
    try:
        number = float(str(value).lower().replace("true", "1").replace("false", "0"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise EvalError(f"{where}: the score {value!r} is neither right nor wrong; expected 0 to 1.")
    return number >= 1 - 1e-9
