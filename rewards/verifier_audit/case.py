"""One case of an audit: a completion for a dataset row, and whether it deserves its pay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rewards.explain import REFERENCES

PROMPTS = ("prompt", "question", "problem")


@dataclass(frozen=True)
class Case:
    """One completion.

    Attributes:
        family: what kind of case it is, such as "hedge".
        completion: text, or a list of chat turns.
        pays: whether a verifier should pay it.
        note: what is special, if the family's name does not say it.
    """

    family: str
    completion: Any
    pays: bool
    note: str = ""


def gold_of(row: Mapping[str, Any], columns: tuple[str, ...] = ()) -> str | None:
    """Return the reference answer of a row as text, None if there is none; also from a task's `entry`.

    `columns` are looked at before those of custom.
    """
    for name in (*columns, *REFERENCES):
        value = row.get(name)
        if isinstance(value, list) and value:  # alternatives: any of them is one
            value = value[0]
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()
    entry = row.get("entry")
    if isinstance(entry, str):
        with suppress(ValueError, RecursionError):
            entry = json.loads(entry)
    return gold_of(entry) if isinstance(entry, Mapping) else None


def prompt_of(row: Mapping[str, Any]) -> str:
    """Return the prompt's text, empty if the row has none."""
    found = next((row[name] for name in PROMPTS if row.get(name)), "")
    if isinstance(found, str):
        return found
    turns = [turn.get("content") for turn in found if isinstance(turn, Mapping)]
    return "\n".join(text for text in turns if isinstance(text, str))
