"""How these tests ask: one call of the verifier, on a box or on a whole completion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewards.math.grade import grade
from rewards.math.verdict import Verdict

VISIBLE = Path(__file__).resolve().parents[3] / "../shared/data/math_verify_dev.jsonl"
"""Labelled cases that lie beside the repository where its authors work; tests that read them skip elsewhere."""


def ask(completion: str, gold: str) -> Verdict:
    return grade(completion, gold).verdict


def pays(answer: str, gold: str) -> bool:
    return ask(f"\\boxed{{{answer}}}", gold).correct


def visible() -> Iterator[dict[str, Any]]:
    if VISIBLE.exists():
        with VISIBLE.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
