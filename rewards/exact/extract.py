"""Turn a completion and a label into comparable texts. Linear in the text's length."""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

from rewards.errors import BadReference
from rewards.places import NoAnswer, has_tag, last_tag, spoken_part

Mode = Literal["normalised", "exact", "tagged"]
SURROUND = " \t\n.,;:!?\"'`*_()[]{}«»“”‘’„‚…。，！？：；、\u200b\u200e\u200f\u2060\ufeff"
"""Dropped at the ends only. Not `+`, `#`, `-`: `C++`, `C#` and `-5` are labels of their own."""
MAX_LABEL = 4096
"""Longer texts are no label; the bound also keeps Unicode normalisation, quadratic at worst, cheap."""


def label_text(answer: Any) -> str:
    """Return the reference as text; int, float and bool are turned into it. Raises `BadReference`."""
    if isinstance(answer, bool | int | float):
        answer = str(answer)
    if not isinstance(answer, str) or not answer:
        raise BadReference(f"the reference is {answer!r:.60}, not a label")
    return answer


def stated_text(completion: str, mode: Mode, tag: str, prefilled: bool) -> tuple[str, bool]:
    """Return the part of the completion that should be the label, and whether it stands where it should.

    Raises:
        NoAnswer: there is no such part.
    """
    if mode == "exact":
        return completion, True
    spoken = spoken_part(completion, prefilled)
    if mode == "normalised":
        return spoken, True
    return (last_tag(spoken, tag), True) if has_tag(spoken, tag) else (completion, False)


def comparable(text: str, mode: Mode, ignore_case: bool) -> str:
    """Return the form in which labels are compared.

    exact: as it is. tagged: trimmed. normalised: NFKC, blanks collapsed, surrounding punctuation dropped.

    Raises:
        NoAnswer: the text is far too long for a label, or nothing is left of it.
    """
    if mode == "exact":
        return text.casefold() if ignore_case else text
    text = " ".join(text.split()) if mode == "normalised" else text.strip()
    if len(text) > MAX_LABEL:
        raise NoAnswer(f"{len(text)} characters are no label")
    if mode == "normalised":
        text = " ".join(unicodedata.normalize("NFKC", text).strip(SURROUND).split())
    if not text:
        raise NoAnswer("the answer is empty")
    return text.casefold() if ignore_case else text
