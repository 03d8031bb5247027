"""`reasoners doctor`: is this installation sound, and if not, what to do."""

from __future__ import annotations

import click

from reasoners.cli.common import emit_json, json_option

MARKS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@click.command()
@json_option()
def doctor(json_target: str | None) -> None:
    """Check the installation: versions, packages, plugins, device, cache, disk.

    Changes nothing. The exit status is 0 if all is well and 1 if something has to be mended.

    \b
    Examples:
      reasoners doctor
      reasoners doctor --json report.json
    """
    from reasoners.doctor import as_json, examine, healthy

    findings = examine()
    if not emit_json(json_target, as_json(findings)):
        for finding in findings:
            click.echo(f"{MARKS[finding.status]:<8}{finding.topic:<9}{finding.text}")
            if finding.advice:
                click.echo(f"{'':<17}-> {finding.advice}")
        problems = sum(finding.status == "problem" for finding in findings)
        click.echo("healthy" if not problems else f"{problems} problem(s)")
    if not healthy(findings):
        raise click.exceptions.Exit(1)
