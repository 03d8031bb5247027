"""Files: JSON Lines read with their line numbers, files written whole or not at all, and text that a file can hold."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rewards.errors import ToolkitError


def read_jsonl(path: Path, error: type[ToolkitError] = ToolkitError) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number, from 1, and object for each line that is not blank; `-` is standard input.

    Raises:
        ToolkitError: (or the kind given) naming file and line: unreadable, not JSON, or not an object.
    """
    try:
        text = (
            path.read_text(encoding="utf-8-sig")
            if str(path) != "-"
            else sys.stdin.read().removeprefix("\ufeff")
        )
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"cannot read {path}: {problem}.") from problem
    for number, line in enumerate(text.split("\n"), 1):  # splitlines() would cut at U+2028, valid inside JSON
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise error(f"{path}, line {number}: not JSON ({problem}).") from problem
        if not isinstance(row, dict):
            raise error(f"{path}, line {number}: expected an object, got {type(row).__name__}.")
        yield number, row


def valid_text(value: str) -> str:
    """Replace lone surrogates, which a tokenizer can emit and JSON can say but no UTF-8 file can hold, by `?`."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where to write; what is there at the end takes the place of `path` at once, after a failure nothing does.

    Raises:
        OSError: the folder cannot be made, or the file not moved.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
