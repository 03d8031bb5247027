"""The cases that lie beside a plugin, as JSON Lines.

A line of a reward holds `completion` (or `messages`), its columns, optional `params` and `expect`:
`{"completion": "42", "answer": "42", "expect": {"value": 1.0, "status": "scored"}}`. An optional `wrong` lists
completions that must score less than this one; without it the kit corrupts the full-scoring ones by itself.
A line of a group reward holds `group` (a list of such rows), `scores`, optional `params`, and
`expect: {"values": [...]}`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewards.define import Reward
from rewards.errors import RewardError
from rewards.files import read_jsonl

FILE = "fixtures.jsonl"
OWN_KEYS = ("params", "expect", "wrong")
Given = str | Path | Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True)
class Case:
    """One line: the row to score, its parameters, and what must come back (None = unknown)."""

    row: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Any] | None = None
    wrong: Sequence[Any] | None = None

    def with_completion(self, completion: Any) -> Case:
        """Return the same question with another completion and no expectation."""
        row = {k: v for k, v in self.row.items() if k != "messages"} | {"completion": completion}
        return Case(row, self.params)

    @property
    def completion(self) -> Any:
        """The completion: text, or chat turns."""
        return self.row.get("completion", self.row.get("messages"))


def fixtures_beside(spec: Reward) -> Path | None:
    """Return `NAME.fixtures.jsonl` or `fixtures.jsonl` beside the function's file, or None."""
    try:
        source = inspect.getsourcefile(spec.fn)
    except TypeError:
        return None
    if source is None:
        return None
    folder = Path(source).parent
    found = (folder / name for name in (f"{spec.name}.{FILE}", FILE))
    return next((path for path in found if path.is_file()), None)


def read_cases(spec: Reward, given: Given, params: Mapping[str, Any]) -> list[Case]:
    """Return the cases that apply to a reward with `params` set.

    Cases written for other values of those parameters are left out.

    Raises:
        RewardError: the file cannot be read, or a line is not a case; the message names it.
    """
    where: object = "the cases given"
    if given is None or isinstance(given, str | Path):
        path = fixtures_beside(spec) if given is None else Path(given)
        if path is None:
            return []
        where, rows = path, list(read_jsonl(path, RewardError))
    else:
        rows = list(enumerate(map(dict, given), 1))
    cases = [_case(row, spec, f"{where}, line {number}") for number, row in rows]
    return [case for case in cases if all(case.params.get(k, object()) == v for k, v in params.items())]


def _case(row: dict[str, Any], spec: Reward, where: str) -> Case:
    params, expect = row.get("params", {}), row.get("expect")
    wanted = "values" if spec.group else "status"
    if not isinstance(expect, dict) or wanted not in expect or not isinstance(params, dict):
        shape = '{"values": [...]}' if spec.group else '{"value": 1.0, "status": "scored"}'
        raise RewardError(f"{where}: a case needs `expect`: {shape}, and `params`, if any, as an object.")
    rest = {k: v for k, v in row.items() if k not in OWN_KEYS}
    needed = ("group", "scores") if spec.group else spec.columns
    missing = [name for name in needed if name not in rest]
    if not spec.group and "completion" not in rest and "messages" not in rest:
        missing.append("completion")
    if missing:
        raise RewardError(f"{where}: no `{missing[0]}`, which reward `{spec.name}` needs.")
    return Case(rest, spec.check_params(params), expect, row.get("wrong"))
