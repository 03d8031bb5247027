"""`reasoners rewards new`."""

from __future__ import annotations

from pathlib import Path

import click

from reasoners.cli.common import emit_json, json_option


@click.command("new")
@click.argument("name")
@click.option("--package", is_flag=True, help="Write a package that pip installs, with its entry point.")
@click.option("--dir", "folder", default=".", show_default=True, help="Where the folder NAME is made.")
@click.option("--domain", default="general", show_default=True, help="What it verifies: math, sql, ...")
@json_option()
def new_command(name: str, package: bool, folder: str, domain: str, json_target: str | None) -> None:
    """Write a new reward called NAME that passes the conformance kit, for you to change.

    \b
    Examples:
      reasoners rewards new unit_match
      reasoners rewards new unit_match --package --dir plugins --domain physics
    """
    from rewards.scaffold import write_plugin

    files = write_plugin(name, folder, package=package, domain=domain)
    home = Path(folder).expanduser() / name
    check = name if package else f"{home / 'reward.py'}"
    steps = [f"pip install -e {home}"] if package else []
    steps.append(f"reasoners rewards check {check} --strict")
    if emit_json(json_target, {"name": name, "files": [str(f) for f in files], "next": steps}):
        return
    for file in files:
        click.echo(f"wrote {file}")
    click.echo("next:\n" + "\n".join(f"  {step}" for step in steps))
