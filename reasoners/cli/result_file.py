"""The file of `--json FILE`: marked as a result, and never written over anything else.

An optional value takes the next word, so `--json base.jsonl` in front of an input would replace that input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rewards.errors import ToolkitError

MARK = {"written_by": "reasoners"}
"""The first entry of every result that is an object."""
_ROWS = ({"reward", "ok", "checks"}, {"model", "audit", "median", "values"})
"""Keys of the rows of results that are lists: of `rewards check` and `analyse perplexity`."""


def check_target(target: str | None, given: Mapping[str, Any]) -> None:
    """Refuse a target that is an input of the command, or exists and is no result of this toolkit.

    Args:
        target: what `--json` says; None and `-` write no file.
        given: all parameters of the command.

    Raises:
        ToolkitError: saying what to write instead.
    """
    path = Path(target or "-")
    if target in (None, "-") or not (path.is_file() or path.is_dir()):  # new, or a device or pipe
        return
    if path.is_dir():
        what = "which is a folder"
    elif any(_same(path, word) for key, word in _words(given) if key != "json_target"):
        what = "which this command also has for another argument"
    elif _is_result(path):
        return
    else:
        what = "which is not a result of this toolkit"
    raise ToolkitError(
        f"--json would overwrite {target}, {what}. --json takes the word behind it for its FILE: write --json=- or "
        "put --json last to print the result, or name another FILE."
    )


def marked(payload: Any) -> Any:
    """Return a result as it stands in a file: an object begins with the mark."""
    return {**MARK, **payload} if isinstance(payload, dict) else payload


def _is_result(path: Path) -> bool:
    """Whether a file holds nothing, or what `--json` wrote."""
    try:
        with path.open(encoding="utf-8") as file:
            start = file.read(64)
            if not start.startswith("[\n"):
                return not start or start.startswith(json.dumps(MARK, indent=2).removesuffix("\n}"))
            rows = json.loads(start + file.read())
    except (OSError, ValueError):
        return False
    return all(isinstance(row, dict) and any(keys <= row.keys() for keys in _ROWS) for row in rows)


def _words(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        yield from ((key, x) for x in (value if isinstance(value, tuple | list) else [value]))


def _same(path: Path, word: Any) -> bool:
    if not isinstance(word, str | Path):
        return False
    try:
        return path.samefile(word)
    except (OSError, ValueError):
        return False
