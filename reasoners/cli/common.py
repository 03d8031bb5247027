"""What several commands share: options, `key=value` arguments, JSON in and out, text for the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from reasoners.cli.result_file import check_target, marked
from rewards.errors import ToolkitError

F = TypeVar("F", bound=Callable[..., Any])


def json_option() -> Callable[[F], F]:
    """Return the option `--json [FILE]`; the command receives `json_target`, for `emit_json`.

    A FILE that must not be overwritten is refused before the command runs (see `check_target`).
    """
    option = click.option(
        "--json",
        "json_target",
        metavar="[FILE]",
        is_flag=False,
        flag_value="-",
        default=None,
        help="Write the result as JSON to FILE (an existing one only if it is such a result), or to the terminal if "
        "no FILE is given.",
    )

    def guarded(command: F) -> F:
        @wraps(command)
        def checked(*args: Any, **given: Any) -> Any:
            check_target(given["json_target"], given)
            return command(*args, **given)

        return option(cast(F, checked))

    return guarded


json_flag = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def check_audit(folder: Path) -> None:
    """Refuse the folder of an audit that was edited; one that holds no audit passes. Raises `ToolkitError`."""
    from eval import load_audit

    if (folder / "audit.json").is_file():
        load_audit(folder, 0)


def runner_options(command: F) -> F:
    """Give a command `--workers` and `--deadline`, which it receives as `workers` and `deadline`."""
    workers = click.option(
        "--workers",
        type=click.IntRange(min=1),
        help="Worker processes for isolated rewards. Default: one per core, at most 8.",
    )
    return workers(deadline_option(command))


def deadline_option(command: F) -> F:
    """Give a command `--deadline`."""
    return click.option(
        "--deadline",
        type=float,
        default=5.0,
        show_default=True,
        callback=_positive,
        help="Seconds per sample in a worker, where the reward sets none.",
    )(command)


def _positive(_: click.Context, option: click.Parameter, value: float) -> float:
    if not 0 < value < math.inf:
        raise ToolkitError(f"--{option.name} must be a positive number of seconds, not {value}.")
    return value


def emit_json(target: str | None, payload: Any) -> bool:
    """Write `payload` where `--json` says. Return whether the terminal is taken (`--json` without a file)."""
    if target is None:
        return False
    said = finite(payload)
    text = json.dumps(said if target == "-" else marked(said), indent=2, ensure_ascii=False, allow_nan=False)
    if target == "-":
        click.echo(text)
        return True
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ToolkitError(f"cannot write {target}: {error.strerror}.") from error
    return False


def finite(value: Any) -> Any:
    """Return `value` with NaN and infinities as None, so that the JSON is strict."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # a numpy scalar
        return finite(value.item())
    if hasattr(value, "tolist"):
        return finite(value.tolist())
    return value


def parse_assignments(pairs: Iterable[str]) -> dict[str, Any]:
    """Turn `key=value` arguments into a dict; values are read as YAML, else taken as text."""
    import yaml

    found: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not sign or not key:
            raise ToolkitError(f"`{pair}` is not of the form key=value.")
        try:
            found[key] = yaml.safe_load(text)
        except yaml.YAMLError:  # a template such as {{ question }}: text, then
            found[key] = text
    return found


def reward_params(name: str, pairs: Iterable[str]) -> dict[str, Any]:
    """Turn `param=value` arguments into parameters of the reward `name`; text parameters are taken literally."""
    from rewards.registry import find_reward

    known = find_reward(name).params
    plain, other = {}, []
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if sign and key in known and known[key].annotation in (str, "str"):
            plain[key] = text  # YAML would read `#` as a comment and `no` as false
        else:
            other.append(pair)
    return plain | parse_assignments(other)


def visible(text: str) -> str:
    """Return text on one line, control characters escaped: a completion must not drive the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
