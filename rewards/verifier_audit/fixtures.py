"""Rows to make cases from, out of the cases that lie beside a plugin."""

from __future__ import annotations

import json
from typing import Any

from rewards.bound import BoundReward
from rewards.conformance.fixtures import fixtures_beside
from rewards.errors import RewardError
from rewards.files import read_jsonl

IGNORED = ("completion", "messages", "expect", "params", "wrong")


def fixture_rows(bound: BoundReward) -> list[dict[str, Any]]:
    """Return the distinct rows of the plugin's `fixtures.jsonl` that go with the parameters set.

    A fixture counts if its parameters are the reward's, or none, and its reference is meant to be usable. The
    list is empty if the plugin has no such file. For tool use, the rows are those of the fixtures that score full,
    with their trajectory as `messages`.

    Raises:
        RewardError: the file is not JSON Lines.
    """
    path = fixtures_beside(bound.spec)
    if path is None:
        return []
    rows: dict[str, dict[str, Any]] = {}
    for number, case in read_jsonl(path, RewardError):
        try:
            status = case["expect"]["status"]
        except (TypeError, KeyError) as error:
            raise RewardError(f"{path}, line {number}: not a fixture ({error!r}).") from error
        given = case.get("params") or {}
        if status in ("bad_reference", "error") or (given and given != dict(bound.params)):
            continue
        row = {key: value for key, value in case.items() if key not in IGNORED}
        if bound.spec.domain == "tool_use":
            if case["expect"].get("value") != bound.full:
                continue
            row["messages"] = case.get("completion", case.get("messages"))
        rows.setdefault(json.dumps(row, sort_keys=True), row)
    return list(rows.values())
