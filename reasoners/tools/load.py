"""Find the tools that a config names, set their parameters and check that a chat template can describe them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reasoners.tools.calculator import calculator_tool
from reasoners.tools.observation import bounded
from reasoners.tools.python import python_tool
from reasoners.tools.rows import for_model
from reasoners.tools.search import search_tool
from reasoners.tools.settings import ToolEntry
from reasoners.tools.sql import sql_tool
from rewards.errors import BadReference, ToolkitError, unknown_name

Tool = Callable[..., Any]


SHIPPED: dict[str, Callable[..., Tool]] = {
    "calculator": calculator_tool,
    "python": python_tool,
    "search": search_tool,
    "sql": sql_tool,
}


def load_tools(entries: Sequence[ToolEntry]) -> list[Tool]:
    """Return the tools as functions with bounded results.

    Raises:
        ToolkitError: an unknown tool or parameter, two tools of one name, or a function without types or docstring.
    """
    tools = [bounded(_load(entry), entry.max_chars) for entry in entries]
    names = [tool.__name__ for tool in tools]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ToolkitError(f"two tools are called `{twice[0]}`; a model could not tell them apart.")
    for tool in tools:
        _check_schema(tool)
    return tools


def _load(entry: ToolEntry) -> Tool:
    if ".py:" in entry.name:
        return _from_file(entry)
    if entry.name not in SHIPPED:
        raise ToolkitError(unknown_name("tool", entry.name, SHIPPED) + " Or give file.py:function.")
    make = SHIPPED[entry.name]
    takes = inspect.signature(make).parameters
    for name in entry.params:
        if name not in takes:
            raise ToolkitError(f"tool `{entry.name}`: " + unknown_name("parameter", name, takes))
    missing = [n for n, p in takes.items() if p.default is p.empty and n not in entry.params]
    if missing:
        raise ToolkitError(f"tool `{entry.name}` needs the parameter `{missing[0]}`.")
    given = {"max_chars": entry.max_chars, **entry.params} if "max_chars" in takes else entry.params
    try:
        return make(**given)
    except (BadReference, TypeError, ValueError) as error:
        raise ToolkitError(f"tool `{entry.name}`: {error}") from error


def _from_file(entry: ToolEntry) -> Tool:
    from rewards.registry import load_file

    if entry.params:
        raise ToolkitError(f"tool `{entry.name}`: a function of a file takes no `params`.")
    path, _, name = entry.name.rpartition(":")
    where = Path(path).expanduser().resolve()
    if not where.is_file():
        raise ToolkitError(f"no file {where} for the tool `{entry.name}`.")
    found = getattr(load_file(where), name, None)
    if not inspect.isfunction(found):
        raise ToolkitError(f"{where} has no function `{name}`.")
    return found


def _check_schema(tool: Tool) -> None:
    """Refuse a function that a chat template cannot describe: types and a docstring with `Args:` are needed."""
    from transformers.utils import get_json_schema

    try:
        get_json_schema(for_model(tool))
    except Exception as error:  # several kinds of its own, all about the function's types and docstring
        raise ToolkitError(
            f"the tool `{tool.__name__}` cannot be described to a model: {error} Give each argument a type and a line "
            "under `Args:` in the docstring."
        ) from error
