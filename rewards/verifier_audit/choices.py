"""Cases for labels and multiple choice: other ways to write the label, and texts that are not it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewards.verifier_audit.case import Case, gold_of
from rewards.verifier_audit.general import never_paid
from rewards.verifier_audit.shapes import Shape, fill


def choice_cases(
    row: Mapping[str, Any], forms: Sequence[Shape], labels: Sequence[str] = ()
) -> Iterator[Case]:
    """Yield the cases of one row; `labels` are all labels known, from a parameter or from other rows."""
    gold = gold_of(row)
    if gold is None:
        return
    others = [label for label in dict.fromkeys(labels) if not same(label, gold)][:6] or ["something else"]
    for shape in forms:
        for text in equivalents(gold):
            if text != gold and text in labels:  # labels that differ by case alone
                continue
            yield Case("equivalent forms", fill(shape, text), True, text)
        for other in others:
            yield Case("another label", fill(shape, other), False)
        for text in near_misses(gold, labels):
            yield Case("near miss", fill(shape, text), False, text)
        listed = ", ".join([*others, gold])
        yield Case("candidates listed", fill(shape, listed), False, "all labels")
        yield Case("candidates listed", fill(shape, f"{others[0]} {gold}"), False)
    yield from never_paid(row, forms, others[0])


def same(left: str, right: str) -> bool:
    """Whether two labels are one but for case and blanks."""
    return " ".join(left.split()).casefold() == " ".join(right.split()).casefold()


def equivalents(gold: str) -> Iterator[str]:
    """Yield other texts of the same label, all in common use."""
    yield from dict.fromkeys([gold, f" {gold}\n", gold.upper(), gold.lower(), gold.capitalize()])
    yield from (f"{gold}.", f"**{gold}**", f'"{gold}"', f"'{gold}'", f"`{gold}`")
    if len(gold) == 1 and gold.isalpha():
        yield from (f"({gold})", f"{gold})")


def near_misses(gold: str, labels: Sequence[str]) -> Iterator[str]:
    """Yield texts that contain the label, or nearly are it."""
    found = [f"{gold} {gold}", f"non-{gold}", f"{gold}ish", f"{gold}{gold}", f"un{gold}"]
    found += [gold[:-1]] if gold[-1].isalnum() else []  # without its full stop a label is the same label
    found += [gold[1:]] if gold[0].isalnum() else []
    for text in dict.fromkeys(found):
        if text.strip() and not same(text, gold) and not any(same(text, label) for label in labels):
            yield text
