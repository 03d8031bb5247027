"""`reasoners rewards export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import json_flag, reward_params
from rewards.errors import ToolkitError


@click.command("export")
@click.argument("engine", type=click.Choice(["openrlhf", "trl", "verifiers", "verl"]))
@click.argument("name", required=False)
@click.argument("params", nargs=-1, metavar="[PARAM=VALUE]...")
@click.option("--config", help="A run's config (file or recipe): export its `rewards` instead of one NAME.")
@click.option("--reference", help="The column that the engine's reference answer fills. Default: `answer`.")
@click.option(
    "--on-masked", help="What a sample costs that no verifier could judge: floor, raise or a number."
)
@click.option("--out", "target", required=True, type=click.Path(path_type=Path), help="The file to write.")
@json_flag
def export_command(
    engine: str,
    name: str | None,
    params: tuple[str, ...],
    config: str | None,
    reference: str | None,
    on_masked: str | None,
    target: Path,
    as_json: bool,
) -> None:
    """Write the reward NAME, or the rewards of a config, as a file that ENGINE loads.

    \b
    Examples:
      reasoners rewards export verl number where=boxed --out reward_verl.py
      reasoners rewards export openrlhf --config run.yaml --out reward_openrlhf.py
    """
    from rewards.exports.files import how_to, module_text

    what, given = _wanted(name, params, config)
    options = {"reference": reference, "on_masked": _policy(on_masked)}
    if engine == "trl" and any(value is not None for value in options.values()):
        raise ToolkitError(
            "TRL knows masking and passes columns by name: no --reference or --on-masked there."
        )
    text = module_text(engine, what, given, **options)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ToolkitError(f"cannot write {target}: {error.strerror}.") from error
    told = how_to(engine, str(target.resolve()))
    click.echo(json.dumps({"file": str(target), "use": told}) if as_json else f"wrote {target}; then: {told}")


def _wanted(name: str | None, params: tuple[str, ...], config: str | None) -> tuple[Any, dict[str, Any]]:
    if (name is None) == (config is None):
        raise ToolkitError("export one NAME, or a --config; see reasoners rewards export --help.")
    if config is not None:
        from reasoners.config import load_config

        return load_config(config).reward_entries(), {}
    return name, reward_params(str(name), params)


def _policy(text: str | None) -> str | float | None:
    if text in (None, "floor", "raise"):
        return text
    try:
        return float(text)
    except ValueError:
        raise ToolkitError(f"--on-masked is `floor`, `raise` or a number, not `{text}`.") from None
