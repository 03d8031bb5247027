"""`reasoners rewards check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import deadline_option, emit_json, json_option
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from rewards.conformance import Report


@click.command("check")
@click.argument("words", nargs=-1, metavar="NAME... [PARAM=VALUE]...")
@click.option("--all", "everything", is_flag=True, help="Check every registered reward.")
@click.option("--fixtures", help="JSON Lines of cases. Default: fixtures.jsonl beside the plugin.")
@click.option("--strict", is_flag=True, help="Fail what cannot be checked for want of fixtures.")
@deadline_option
@click.option(
    "--import-seconds", type=float, default=10.0, show_default=True, help="Seconds to load a plugin."
)
@click.option("--memory-mb", type=int, default=4096, show_default=True, help="Memory of a worker, in MiB.")
@json_option()
def check_command(
    words: tuple[str, ...],
    everything: bool,
    fixtures: str | None,
    strict: bool,
    json_target: str | None,
    **limits: Any,
) -> None:
    """Put rewards through the conformance kit; the exit status is 1 if any rule is broken.

    NAME is a registered name, path.py:function, or module:attribute. Everything the plugin does happens in
    worker processes that are killed at the deadline, so the command ends whatever it is given.

    \b
    Examples:
      reasoners rewards check number
      reasoners rewards check my_rewards.py:brevity limit=200 --fixtures cases.jsonl --strict
      reasoners rewards check --all --json report.json
    """
    from rewards.conformance import check_reward

    names, params = _sorted_words(words, everything)
    reports = []
    quiet = json_target == "-"
    for name in names:
        report = check_reward(name, fixtures, params, **limits)
        reports.append(report)
        if not quiet:
            click.echo("\n".join(_lines(report, strict)))
    emit_json(json_target, [{**r.as_dict(), "ok": r.passed(strict)} for r in reports])
    good = sum(report.passed(strict) for report in reports)
    if not quiet and len(reports) > 1:
        click.echo(f"{good} of {len(reports)} rewards pass.")
    if good < len(reports):
        raise click.exceptions.Exit(1)


def _sorted_words(words: Sequence[str], everything: bool) -> tuple[list[str], dict[str, Any]]:
    from reasoners.cli.common import parse_assignments
    from rewards.registry import registered_names

    names = [word for word in words if "=" not in word]
    params = parse_assignments(word for word in words if "=" in word)
    if everything and (names or params):
        raise ToolkitError("--all checks every registered reward; leave out names and parameters.")
    if everything:
        names = registered_names()
    if not names:
        raise ToolkitError("name a reward to check, or give --all; `reasoners rewards list` shows all names.")
    if params and len(names) > 1:
        raise ToolkitError("parameters belong to one reward; check the others in a command of their own.")
    return names, params


def _lines(report: Report, strict: bool) -> list[str]:
    """Return one line for the reward, then the failures in full and what was not checked."""
    good = sum(check.ok is True for check in report.checks)
    counts = f"{good} of {len(report.checks)} checks ok"
    if report.failures:
        counts += f", {len(report.failures)} failed"
    if report.unchecked:
        counts += f", {len(report.unchecked)} not checked"
    lines = [f"{report.reward}: {'ok' if report.passed(strict) else 'FAILED'} ({counts})"]
    for check in report.failures:
        lines += ["  " + line for line in check.sentence().split("\n")]
    if report.unchecked:
        lines.append(f"  not checked: {', '.join(check.name for check in report.unchecked)}")
        lines += [
            f"    {reason}"
            for reason in dict.fromkeys(_why(check.got, check.allowed) for check in report.unchecked)
        ]
    return lines


def _why(got: str, allowed: str) -> str:
    return f"{got}; add {allowed}" if allowed else got
