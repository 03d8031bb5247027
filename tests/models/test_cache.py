"""The model cache: built once, whole or not at all, rebuilt when damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reasoners.models.cache import MANIFEST, cached_folder, is_whole
from rewards import ToolkitError


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setenv("REASONERS_CACHE", str(tmp_path / "cache"))
    return []


def make(built: list[Path]) -> Path:
    def build(folder: Path) -> None:
        built.append(folder)
        (folder / "weights").write_bytes(b"x" * 1000)
        (folder / "config.json").write_text("{}")

    return cached_folder("model", build)


def test_a_folder_is_built_once(built: list[Path], tmp_path: Path) -> None:
    folder = make(built)
    assert folder == make(built) == tmp_path / "cache" / "model"
    assert len(built) == 1
    assert sorted(os.listdir(tmp_path / "cache")) == ["model"]


def damage_bit(folder: Path) -> None:
    (folder / "weights").write_bytes(b"x" * 999 + b"y")


def damage_length(folder: Path) -> None:
    (folder / "weights").write_bytes(b"x" * 10)


def damage_missing(folder: Path) -> None:
    (folder / "weights").unlink()


def damage_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("[1, 2")


def damage_shape(folder: Path) -> None:
    (folder / MANIFEST).write_text('["weights"]')


@pytest.mark.parametrize("damage", [damage_bit, damage_length, damage_missing, damage_manifest, damage_shape])
def test_a_damaged_folder_is_noticed_and_built_again(built: list[Path], damage: object) -> None:
    folder = make(built)
    assert callable(damage)
    damage(folder)
    assert not is_whole(folder)
    assert is_whole(make(built))
    assert (folder / "weights").read_bytes() == b"x" * 1000
    assert len(built) == 2


def test_a_build_that_fails_leaves_nothing(built: list[Path], tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ToolkitError("no package")

    with pytest.raises(ToolkitError, match="no package"):
        cached_folder("model", build)
    assert os.listdir(tmp_path / "cache") == []


def test_a_cache_that_cannot_be_written_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REASONERS_CACHE", str(tmp_path / "file"))
    with pytest.raises(ToolkitError, match="set REASONERS_CACHE to a folder you can write"):
        make([])


def test_two_builders_end_with_one_whole_folder(built: list[Path]) -> None:
    def build(folder: Path) -> None:
        make(built)  # another process is faster
        (folder / "weights").write_bytes(b"x" * 1000)
        (folder / "config.json").write_text("{}")

    assert is_whole(cached_folder("model", build))
