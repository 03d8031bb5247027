"""`reasoners rewards list`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import json_flag

if TYPE_CHECKING:
    from rewards.registry import Listed


@click.command("list")
@json_flag
def list_command(as_json: bool) -> None:
    """List every reward: what it verifies, the columns it needs, its parameters.

    \b
    Example:
      reasoners rewards list --json
    """
    from rewards.registry import list_rewards

    rows = [_describe(listed) for listed in list_rewards()]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo("\n".join(_lines(row)))


def _describe(listed: Listed) -> dict[str, Any]:
    row: dict[str, Any] = {"name": listed.name, "origin": listed.origin, "problem": listed.problem}
    spec = listed.reward
    if spec is None:
        return row
    low, high = spec.range
    return row | {
        "summary": spec.summary,
        "domain": spec.domain,
        "range": [low, high],
        "cost": spec.cost,
        "group": spec.group,
        "columns": list(spec.columns),
        "parameters": {name: _default(p) for name, p in spec.params.items()},
        "required": [name for name, p in spec.params.items() if p.default is inspect.Parameter.empty],
    }


def _default(parameter: inspect.Parameter) -> Any:
    value = parameter.default
    if value is inspect.Parameter.empty:
        return None
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    if row["problem"]:
        yield f"{row['name']}  BROKEN: {row['problem']}"
        return
    low, high = row["range"]
    kind = "group" if row["group"] else row["cost"]
    yield f"{row['name']}  {row['domain']}, {low:g} to {high:g}, {kind}, from {row['origin']}"
    yield f"    {row['summary']}"
    needed = row["required"]
    given = [name if name in needed else f"{name}={value!r}" for name, value in row["parameters"].items()]
    yield f"    columns: {', '.join(row['columns']) or 'none'}; parameters: {', '.join(given) or 'none'}"
