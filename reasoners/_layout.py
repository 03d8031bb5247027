"""Our packages have short, generic names; a stray `rewards.py` can hide one. This names the culprit."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("rewards", "data_selection", "eval", "reasoners")
HOME = Path(__file__).resolve().parent.parent


def package_origin(name: str) -> Path | None:
    """Return the file that `import name` runs, or None if there is none."""
    module = sys.modules.get(name)
    if module is not None and module.__spec__ is None:  # made by hand or run as a script
        file = getattr(module, "__file__", None)
        return Path(file).resolve() if file else Path("<no file>")
    spec = module.__spec__ if module is not None else find_spec(name)
    if spec is None:
        return None
    if spec.origin:
        return Path(spec.origin).resolve()
    places = list(spec.submodule_search_locations or [])
    return Path(places[0]).resolve() if places else None


def layout_problem(name: str) -> str | None:
    """Return what is wrong with package `name`, in a sentence, or None."""
    origin = package_origin(name)
    if origin is None:
        return f"package `{name}` is missing beside {HOME / 'reasoners'}; install reasoners again."
    if origin == HOME / name / "__init__.py":
        return None
    return (
        f"`import {name}` runs {origin}, which hides the package `{name}` of reasoners in {HOME}. "
        "Rename that file or folder, run from another folder, or take its folder off PYTHONPATH."
    )


def check_layout() -> None:
    """Raise ImportError, naming the file, if something hides one of our packages."""
    for name in PACKAGES:
        problem = layout_problem(name)
        if problem:
            raise ImportError(problem)
