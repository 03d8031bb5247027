"""Hand-labelled pairs: right rewrites of a reference, which hold on every database, and wrong queries that look right.

Each file of `pairs/` has a schema with two databases. The `kind` one is small, as a question's own database often is;
the `telling` one has the ties, NULLs, duplicates and misses that tell every wrong query from its reference.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rewards.sql.contract import Verdict
from rewards.sql.execute import judge_execution
from rewards.sql.instances.make import make_instances

FILES = sorted((Path(__file__).parent / "pairs").glob("*.json"))
SETS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
QUESTIONS = [(name, question) for name, held in SETS.items() for question in held["questions"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Each schema's kind and telling database."""
    folder = tmp_path_factory.mktemp("pairs")
    found: dict[str, list[Path]] = {}
    for name, held in SETS.items():
        for rows in ("kind", "telling"):
            path = folder / f"{name}-{rows}.sqlite"
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.executescript("\n".join([*held["schema"], *held[rows]]))
            found.setdefault(name, []).append(path)
    return found


def test_there_are_enough_of_them() -> None:
    right, wrong = (sum(len(q[kind]) for _, q in QUESTIONS) for kind in ("right", "wrong"))
    assert right >= 110
    assert wrong >= 180


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[q["gold"][:50] for _, q in QUESTIONS])
def test_right_ones_are_paid_and_wrong_ones_are_not(
    name: str, question: dict[str, Any], made: dict[str, list[Path]]
) -> None:
    kind, telling = made[name]
    gold = question["gold"]
    for predicted in question["right"]:
        assert judge_execution(predicted, gold, kind).verdict in (Verdict.MATCH, Verdict.EMPTY), predicted
        assert judge_execution(predicted, gold, telling).matched, predicted
        assert judge_execution(predicted, gold, [kind, telling]).matched, predicted
    for predicted in question["wrong"]:
        assert judge_execution(predicted, gold, [kind, telling]).verdict is Verdict.MISMATCH, predicted


@pytest.mark.parametrize(
    ("name", "question"), QUESTIONS[::6], ids=[q["gold"][:50] for _, q in QUESTIONS[::6]]
)
def test_made_instances_deny_no_right_one(
    name: str, question: dict[str, Any], made: dict[str, list[Path]], tmp_path: Path
) -> None:
    gold = question["gold"]
    many = [made[name][0], *make_instances(made[name][0], gold, 6, folder=tmp_path)]
    for predicted in question["right"]:
        assert judge_execution(predicted, gold, many).matched, predicted
