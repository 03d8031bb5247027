"""The cache of embedded models: each folder is built once, whole or not at all, and checked before use."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rewards.errors import ToolkitError

MANIFEST = "manifest.json"
"""Lists every file of a cached folder with its SHA-256."""


def cache_root() -> Path:
    """Return the cache folder: `$REASONERS_CACHE`, or `~/.cache/reasoners`."""
    return Path(os.environ.get("REASONERS_CACHE") or Path.home() / ".cache" / "reasoners").absolute()


def cached_folder(
    name: str, build: Callable[[Path], None], say: Callable[[str], None] = lambda _: None
) -> Path:
    """Return the cached folder `name`; build it if it is missing or no longer what was built.

    Args:
        name: the folder's name below `cache_root()`; it must change when the recipe does.
        build: fills an empty folder.
        say: receives a line when a damaged folder is replaced.

    Raises:
        ToolkitError: the cache cannot be written.
    """
    target = cache_root() / name
    if is_whole(target):
        return target
    try:
        if target.exists():
            say(f"{target} is damaged; building it again.")
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(error) from error
    try:
        build(partial)
        _seal(partial)
        _move(partial, target)
    except OSError as error:
        raise _unwritable(error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def is_whole(folder: Path) -> bool:
    """Say whether every file named in the folder's manifest is there and unaltered."""
    try:
        sums = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(sums) and all(_sha256(folder / name) == want for name, want in sums.items())
    except (OSError, ValueError, AttributeError):
        return False


def _seal(folder: Path) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    sums = {str(p.relative_to(folder)): _sha256(p) for p in files}
    (folder / MANIFEST).write_text(json.dumps(sums, indent=1), encoding="utf-8")
    for file in files:
        file.chmod(0o644)  # safetensors and mkdtemp write for the owner alone; a cache may be shared
    folder.chmod(0o755)


def _move(partial: Path, target: Path) -> None:
    try:
        os.rename(partial, target)
    except OSError:
        if not is_whole(target):  # otherwise another process finished first, with the same content
            raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unwritable(error: OSError) -> ToolkitError:
    return ToolkitError(
        f"cannot write the model cache {cache_root()}: {error.strerror or error}. "
        "Free space, or set REASONERS_CACHE to a folder you can write."
    )


@contextmanager
def quiet_progress() -> Iterator[None]:
    """Keep transformers' own progress bars off the terminal while it loads or saves a model."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
