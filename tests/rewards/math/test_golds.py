"""Unusable references are listed before training, with their row and the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLI = Callable[..., Any]


def test_audit_lists_every_unusable_reference_of_a_file(cli: CLI, tmp_path: Path) -> None:
    golds = ["42", "\\frac{1}{", "x+1", "", "[0, 1)"] + ["7"] * 300 + ["\\boxed{"]
    data = tmp_path / "golds.jsonl"
    data.write_text("".join(json.dumps({"answer": gold}) + "\n" for gold in golds), encoding="utf-8")
    done = cli("rewards", "audit", "math", "--data", data, "--rows", "2", "--fail-on", "gold=0", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [entry["row"] for entry in found["unusable"]] == [2, 4, 306]
    assert all(entry["reason"].startswith("bad_reference: ") for entry in found["unusable"])
    assert found["failed"] == ["references: 3 of 5 cannot be used, above 0"]


def test_usable_references_pass(cli: CLI, tmp_path: Path) -> None:
    data = tmp_path / "golds.jsonl"
    data.write_text('{"answer": "\\\\frac{1}{2}"}\n{"answer": "3, 4"}\n', encoding="utf-8")
    done = cli("rewards", "audit", "math", "--data", data, "--fail-on", "gold=0,fp=0")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_goes_on_where_a_reference_is_unusable() -> None:
    from rewards import Status, load_reward

    rows = [{"completion": "5", "answer": "5"}, {"completion": "5", "answer": "\\frac{"}]
    assert [s.status for s in load_reward("math").score_batch(rows)] == [Status.SCORED, Status.BAD_REFERENCE]
