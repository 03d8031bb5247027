"""A run goes on with the data that it began with, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.config import load_config
from reasoners.data import fingerprint
from reasoners.iterated import NothingKeptError
from reasoners.run_folder import RunError
from reasoners.training import train
from tests.reasoners.small import starts

Make = Callable[..., Path]
QUIET = Console(quiet=True)


@pytest.fixture
def ran(small_run: Make, tmp_path: Path) -> Path:
    """The config of a run, with held-out rows, that has made its only step."""
    data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
    path = small_run(trl={"max_steps": 1}, data=data)
    train(load_config(path), QUIET)
    return path


def answers_changed(file: Path) -> None:
    before = file.read_text()
    file.write_text(before.replace('"answer": "2"', '"answer": "3"'))
    assert file.read_text() != before


def written(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("split", "name"), [("train", "rows.jsonl"), ("eval", "held_out.jsonl")])
def test_other_rows_are_refused_and_nothing_is_written(
    split: str, name: str, ran: Path, tmp_path: Path
) -> None:
    answers_changed(tmp_path / name)
    before = written(tmp_path / "run")
    was = json.loads(before["manifest.json"])[f"{split}_sha256"][:12]
    with pytest.raises(RunError, match=rf"data\.{split} \(.*{name}\): was {was}, is \w{{12}}") as caught:
        train(load_config(ran), QUIET, resume=True)
    other = {"train": "eval", "eval": "train"}[split]
    assert f"data.{other}" not in str(caught.value)
    assert written(tmp_path / "run") == before


def test_rounds_are_refused_other_rows_too(small_run: Make, tmp_path: Path) -> None:
    path = small_run(algorithm={"name": "raft", "iterated": {"above": 1.0}}, rewards=starts(tmp_path))
    with pytest.raises(NothingKeptError):  # the run is stopped in its first round
        train(load_config(path), QUIET)
    answers_changed(tmp_path / "rows.jsonl")
    with pytest.raises(RunError, match=r"data\.train"):
        train(load_config(path), QUIET, resume=True)


@pytest.mark.parametrize("known", [{}, {"train_rows": 10}, None], ids=["bare", "older", "unreadable"])
def test_a_manifest_that_names_no_rows_goes_on(
    known: dict[str, Any] | None, ran: Path, tmp_path: Path
) -> None:
    answers_changed(tmp_path / "rows.jsonl")
    (tmp_path / "run" / "manifest.json").write_text("" if known is None else json.dumps(known))
    assert train(load_config(ran), QUIET, resume=True).metrics


class Picture:
    """A value that JSON has no form for, which names its place in memory as such values do."""


def test_a_fingerprint_does_not_depend_on_places_in_memory() -> None:
    one, two = Picture(), Picture()
    assert str(one) != str(two)
    assert fingerprint([{"p": one}]) == fingerprint([{"p": two}]) != fingerprint([{"p": "Picture"}])
