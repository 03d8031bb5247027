"""Texts that hang, crash or fool other checkers: each gets its answer, in any thread, and nothing in it runs."""

from __future__ import annotations

import ast
import asyncio
import threading
import time
from pathlib import Path

import pytest

import rewards.math

from .hostile import Case, cases
from .kit import ask

CASES = {name: (name, gold, completion, pays) for name, gold, completion, pays in cases()}
SECONDS = 5.0
"""Far above what a text takes, so that a loaded machine fails none; `benchmarks/math_hostile.py` says the time."""
SOURCES = sorted(Path(rewards.math.__file__).parent.rglob("*.py"))
FORBIDDEN = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "parse_expr",
    "sympify",
    "parse_latex",
    "lambdify",
    "loads",
}


def test_each_has_a_name_of_its_own() -> None:
    assert len(CASES) == sum(1 for _ in cases()) >= 200


@pytest.mark.parametrize("name", CASES)
def test_right_and_soon_in_a_worker_thread(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, gold, completion, pays = CASES[name]
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(ask(completion, gold).correct), daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), f"no answer within {SECONDS} s"
    assert found == [pays], ask(completion, gold)
    assert not list(tmp_path.iterdir()), "injected code has run"


def test_a_batch_in_asyncio() -> None:
    async def one(case: Case) -> bool:
        return (await asyncio.to_thread(ask, case[2], case[1])).correct is case[3]

    async def batch() -> list[bool]:
        return await asyncio.gather(*map(one, CASES.values()))

    began = time.monotonic()
    assert all(asyncio.run(batch()))
    assert time.monotonic() - began < 0.5 * len(CASES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda file: file.name)
def test_the_verifier_evaluates_no_text(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        name = (
            called.id
            if isinstance(called, ast.Name)
            else called.attr
            if isinstance(called, ast.Attribute)
            else ""
        )
        of_re = (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id == "re"
        )
        assert name not in FORBIDDEN or (name == "compile" and of_re), (
            f"{source.name}:{getattr(node, 'lineno', 0)}"
        )
