"""`reasoners train`."""

from __future__ import annotations

import click

from reasoners.cli.common import emit_json, json_option, parse_assignments


@click.command()
@click.argument("config")
@click.argument("overrides", nargs=-1, metavar="[key=value]...")
@click.option("--algorithm", help="Algorithm by name: the same as algorithm.name=NAME.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in run.dir.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier run in run.dir.")
@click.option("--check", "check_only", is_flag=True, help="Check config, rewards and data; load no model.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option()
def train(
    config: str,
    overrides: tuple[str, ...],
    algorithm: str | None,
    resume: bool,
    overwrite: bool,
    check_only: bool,
    quiet: bool,
    json_target: str | None,
) -> None:
    """Train a model by RL with verifiable rewards, as CONFIG says.

    CONFIG is a YAML file or the name of a recipe. key=value pairs override it.

    \b
    Examples:
      reasoners train configs/demo.yaml
      reasoners train demo run.dir=runs/short trl.max_steps=5 run.seed=1
      reasoners train demo data.train=subset.jsonl run.dir=runs/subset
      reasoners train --algorithm ppo configs/demo.yaml run.dir=runs/ppo
      reasoners train configs/demo.yaml --resume
    """
    from rich.console import Console

    from reasoners.checking import check
    from reasoners.config import load_config
    from reasoners.training import train as run

    given = parse_assignments(overrides)
    if algorithm is not None:
        given["algorithm.name"] = algorithm
    settings = load_config(config, given)
    if check_only:
        checked = check(settings)
        counts = {split: len(rows) for split, rows in checked.rows.items()}
        if not emit_json(json_target, {"ok": True, "rows": counts}):
            click.echo(
                f"{config} is in order: " + ", ".join(f"{n} {split} rows" for split, n in counts.items())
            )
        return
    console = Console(quiet=quiet, stderr=json_target == "-", markup=False)  # paths may have brackets
    try:
        result = run(settings, console, resume=resume, overwrite=overwrite)
    except KeyboardInterrupt:
        click.echo(
            f"stopped. Everything recorded is in {settings.run.dir}; go on with the same command and --resume.",
            err=True,
        )
        raise SystemExit(130) from None
    if emit_json(json_target, result.to_json()) or quiet:
        return
    last = result.to_json()["last"]
    reward = "-" if last.get("reward") is None else f"{last['reward']:.3f}"
    click.echo(f"trained {result.to_json()['steps']} steps in {result.seconds:.0f} s; last reward {reward}")
    click.echo(f"model    {result.folder.model}")
    click.echo(f"records  {result.folder.records}")
    click.echo(f"plots    {result.folder.root / 'plots'}")
