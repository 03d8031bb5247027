"""Tools that work on the row a sample belongs to, such as its own database.

A tool's keyword-only arguments are columns of the row. The model neither sees nor sets them; a call that names one is
refused. TRL binds tools to rows by its environments: here is the only place that knows how one is made.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rewards.errors import BadReference, ToolkitError

Tool = Callable[..., Any]
Row = Mapping[str, Any]
OF_ENVIRONMENTS = ("reset", "get_reward")
"""Methods of an environment that are no tools."""


def checks_rows(check: Callable[[Row], None]) -> Callable[[Tool], Tool]:
    """Give a tool a look at every row before training; `check` raises `BadReference` where a row cannot serve it."""

    def mark(tool: Tool) -> Tool:
        tool.__dict__["check_row"] = check
        return tool

    return mark


def row_columns(tool: Tool) -> dict[str, bool]:
    """Return the columns that a tool takes from its row, and whether it needs them."""
    parameters = inspect.signature(tool).parameters.values()
    return {p.name: p.default is p.empty for p in parameters if p.kind is p.KEYWORD_ONLY}


def split_tools(tools: Sequence[Tool]) -> tuple[list[Tool], list[Tool]]:
    """Return the tools that are the same for all rows, and those that need their row."""
    bound = [tool for tool in tools if row_columns(tool)]
    return [tool for tool in tools if not row_columns(tool)], bound


def on_row(tool: Tool, row: Row) -> Tool:
    """Return a tool with its columns taken from `row`: what the model sees and calls."""
    return _wrapped(tool, lambda arguments: _whole(tool, row, arguments))


def for_model(tool: Tool) -> Tool:
    """Return a tool as it is described to a model, without its columns. It cannot be called."""
    return on_row(tool, {})


def check_rows(tools: Sequence[Tool], rows: Sequence[Row], where: str) -> None:
    """Refuse rows that lack what a tool needs. Rows that agree in a tool's columns are looked at once.

    Raises:
        ToolkitError: names the tool, the row and what is missing.
    """
    for tool in split_tools(tools)[1]:
        columns, known = row_columns(tool), set()
        for number, row in enumerate(rows):
            for name, needed in columns.items():
                if needed and row.get(name) is None:
                    have = ", ".join(sorted(row))
                    raise ToolkitError(
                        f"{where}, row {number}: tool `{tool.__name__}`: no column `{name}`. The row has: {have}."
                    )
            given = repr([row.get(name) for name in columns])
            if given not in known:
                _check_row(tool, row, f"{where}, row {number}")
                known.add(given)


def environment(tools: Sequence[Tool], rows: Mapping[str, Sequence[Row]]) -> Callable[[], Any] | None:
    """Return TRL's `environment_factory` for tools that need their row; None if none does.

    Args:
        tools: those of the run.
        rows: split -> rows; a row of TRL's data set names its `split` and its position there, `row`.

    Raises:
        ToolkitError: a tool with a name that an environment cannot have.
    """
    bound = split_tools(tools)[1]
    if not bound:
        return None

    def reset(self: Any, split: str, row: int, **_: Any) -> None:
        self.columns = rows[split][row]

    for tool in bound:
        if tool.__name__ in OF_ENVIRONMENTS or tool.__name__.startswith("_"):
            raise ToolkitError(f"a tool that needs its row cannot be called `{tool.__name__}`.")
    # TRL warns that environments may change; the pinned release is the one that our tests run.
    warnings.filterwarnings("ignore", message="You are using 'environment_factory'")
    methods = {tool.__name__: _method(tool) for tool in bound}
    return type("RowTools", (), {"__doc__": "The tools of one sample.", "reset": reset, **methods})


def _method(tool: Tool) -> Tool:
    """Return a tool as a method of what `reset` gave a row."""
    made = _wrapped(tool, lambda self, arguments: _whole(tool, self.columns, arguments))
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    seen = inspect.signature(made)
    made.__dict__["__signature__"] = seen.replace(parameters=[itself, *seen.parameters.values()])
    return made


def _wrapped(tool: Tool, whole: Callable[..., dict[str, Any]]) -> Tool:
    """Return a tool under its own name, types and docstring, less the columns, which `whole` adds to a call's."""
    wrapper: Tool
    if inspect.iscoroutinefunction(tool):

        async def awaited(*itself: Any, **arguments: Any) -> Any:
            return await tool(**whole(*itself, arguments))

        wrapper = awaited
    else:

        def called(*itself: Any, **arguments: Any) -> Any:
            return tool(**whole(*itself, arguments))

        wrapper = called
    functools.update_wrapper(wrapper, tool)
    hidden, signature = row_columns(tool), inspect.signature(tool)
    kept = [p for p in signature.parameters.values() if p.name not in hidden]
    wrapper.__dict__["__signature__"] = signature.replace(parameters=kept)
    wrapper.__annotations__ = {k: v for k, v in tool.__annotations__.items() if k not in hidden}
    return wrapper


def _whole(tool: Tool, row: Row, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments with the row's columns. Raises `TypeError` where the call names a column."""
    columns = row_columns(tool)
    for name in columns:
        if name in arguments:
            raise TypeError(f"{tool.__name__}() has no argument `{name}`")
    return {**arguments, **{name: row[name] for name in columns if row.get(name) is not None}}


def _check_row(tool: Tool, row: Row, where: str) -> None:
    check = getattr(tool, "check_row", None)
    if check is None:
        return
    try:
        check(row)
    except BadReference as error:
        raise ToolkitError(f"{where}: tool `{tool.__name__}`: {error}") from error
