"""Every built-in verifier against the cases that lie beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rewards
from rewards import load_reward

FILES = sorted(Path(rewards.__file__).parent.glob("*/fixtures.jsonl"))
CASES = [
    pytest.param(path.parent.name, json.loads(line), id=f"{path.parent.name}-{number}")
    for path in FILES
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]


def test_every_builtin_has_cases() -> None:
    names = ["exact", "format", "math", "number", "progress", "reasoning_gym", "sql", "tool_efficiency"]
    assert [p.parent.name for p in FILES] == names


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, Any]) -> None:
    if name == "reasoning_gym":
        pytest.importorskip("reasoning_gym", reason="needs the extra [gym]")
    expect, params = case.pop("expect"), case.pop("params", {})
    score = load_reward(name, **params).score_batch([case])[0]
    assert (score.value, score.status) == (expect["value"], expect["status"]), score.reason
    assert score.value == 1.0 or score.reason or score.status == "not_applicable"
