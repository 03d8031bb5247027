"""Which code a reward is: a digest of its module and of what that imports from its own folder.

The same text has the same digest, wherever it is installed and however its lines end. Of what a reward imports from
elsewhere only one thing is known: the version of its package, where that is not this toolkit.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


@cache
def code_mark(fn: Callable[..., Any]) -> str | None:
    """Return the digest of a reward's code, 16 hexadecimal digits.

    None where it has no stable form: the function closes over variables, or its source is not there.
    """
    if getattr(fn, "__closure__", None):
        return None
    digest = hashlib.sha256(getattr(fn, "__qualname__", "").encode())
    try:
        path = Path(inspect.getfile(fn)).resolve()
        for file in sorted(_needed(path)):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"\n{file.relative_to(path.parent).as_posix()} {len(text)}\n".encode() + text)
    except (TypeError, OSError):
        return None
    package = fn.__module__.partition(".")[0]
    with suppress(PackageNotFoundError, ValueError):  # a file of its own has no version
        digest.update(b"" if package == __package__ else version(package).encode())
    return digest.hexdigest()[:16]


def _needed(path: Path) -> set[Path]:
    """Return a module's file and those at or below its folder that it imports, directly or not. Raises `OSError`."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file, path.parent)
    return found


def _imported(file: Path, home: Path) -> Iterator[Path]:
    """Yield the files at or below `home` that a file imports. Raises `OSError`."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # no import of this file can succeed
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _below(home, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = node.module.split(".") if node.module else []
            for alias in node.names:
                if node.level == 0:
                    yield from _below(home, [*base, alias.name])
                elif node.level <= len(file.parents):
                    yield from _files(home, file.parents[node.level - 1], [*base, alias.name])


def _below(home: Path, parts: list[str]) -> Iterator[Path]:
    """Yield the files that an absolute name may mean: `home` may be on the path, or be any package of the name."""
    for start in range(len(parts)):
        yield from _files(home, home, parts[start:])


def _files(home: Path, start: Path, parts: list[str]) -> Iterator[Path]:
    """Yield the files of a dotted name from a folder on, its packages' own included, that are at or below `home`."""
    if not start.is_relative_to(home):
        return
    places = [start.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    inner = [start] if start != home else []  # the package's own file may import all that is in the folder
    files = [p.with_name(f"{p.name}.py") for p in places] + [p / "__init__.py" for p in [*inner, *places]]
    yield from (file for file in files if file.is_file())
