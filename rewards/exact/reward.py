"""The reward `exact`: the whole answer equals the label."""

from __future__ import annotations

from typing import Any

from rewards.contract import Score, Status
from rewards.define import reward
from rewards.errors import BadReference
from rewards.exact.extract import Mode, comparable, label_text, stated_text
from rewards.places import NoAnswer


@reward("exact", domain="classification", range=(0.0, 1.0), cost="inline")
def exact(
    completion: str,
    answer: Any,
    *,
    mode: Mode = "normalised",
    labels: list[str] | None = None,
    tag: str = "answer",
    ignore_case: bool | None = None,
    prefilled: bool = False,
) -> Score:
    """Pay 1 if the whole answer equals the label `answer`, else 0.

    normalised: case, surrounding punctuation and blanks do not matter. exact: byte for byte. tagged: what the
    last <answer> holds, else the whole text, trimmed. `ignore_case` is true by default except for "exact".
    With `labels`, an answer that is not on the list is unparsed. Thinking is never read, except by "exact";
    `prefilled` says that the chat template opens it.
    """
    fold = folds(mode, ignore_case)
    wanted, known = reference_label(label_text(answer), labels, mode, fold)
    try:
        stated, in_place = stated_text(completion, mode, tag, prefilled)
        got = comparable(stated, mode, fold)
    except NoAnswer as why:
        return Score(0.0, Status.UNPARSED, reason=str(why))
    if got == wanted:
        return Score(1.0)
    if known is not None and got not in known:
        return Score(0.0, Status.UNPARSED, reason=f"{got[:60]!r} is not one of the labels")
    if not in_place:
        return Score(0.0, Status.UNPARSED, reason=f"there is no <{tag}>, and the whole text is not the label")
    return Score(0.0, reason=f"got {got[:60]!r}, expected {wanted[:60]!r}")


def folds(mode: Mode, ignore_case: bool | None) -> bool:
    """Whether case is ignored: as asked, else in every mode but "exact"."""
    return mode != "exact" if ignore_case is None else ignore_case


def reference_label(
    answer: str, labels: list[str] | None, mode: Mode, fold: bool
) -> tuple[str, set[str] | None]:
    """Return the reference and the known labels as they are compared. Raises `BadReference`."""
    try:
        wanted = comparable(answer, mode, fold)
        known = None if labels is None else {comparable(label, mode, fold) for label in labels}
    except NoAnswer as why:
        raise BadReference(f"a label cannot be compared in mode {mode}: {why}") from why
    if known is not None and wanted not in known:
        raise BadReference(f"the reference {answer[:60]!r} is not one of the labels {labels!r:.200}")
    return wanted, known


def validate_exact(*, mode: Mode, labels: list[str] | None, ignore_case: bool | None, **_: Any) -> None:
    """Refuse labels that cannot be told apart, or are none. Raises `ValueError`."""
    seen: dict[str, str] = {}
    for label in labels or ():
        try:
            text = comparable(label, mode, folds(mode, ignore_case))
        except NoAnswer as why:
            raise ValueError(f"the label {label!r:.60} cannot be compared in mode {mode}: {why}") from why
        if seen.setdefault(text, label) != label:
            raise ValueError(f"the labels {seen[text]!r} and {label!r} are the same text in mode {mode}")
