"""`reasoners rewards rescore`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import (
    check_audit,
    emit_json,
    json_option,
    parse_assignments,
    reward_params,
    runner_options,
    visible,
)

if TYPE_CHECKING:
    from rewards.changes import Changes
    from rewards.runner import Runner
    from rewards.suite import Suite


@click.command("rescore")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, metavar="[NAME] [PARAM=VALUE]...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the new records.")
@click.option("--config", help="Replay with the rewards of this config; PARAM=VALUE then override its keys.")
@click.option("--split", help="Only records of this split: train, eval or audit.")
@click.option("--against", metavar="LABEL", help="Compare with this stored score, and not with the total.")
@click.option("--resume", is_flag=True, help="Go on with a replay that was stopped.")
@runner_options
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option()
def rescore_command(
    run: Path,
    words: tuple[str, ...],
    out: Path,
    config: str | None,
    split: str | None,
    against: str | None,
    resume: bool,
    workers: int | None,
    deadline: float,
    quiet: bool,
    json_target: str | None,
) -> None:
    """Score the stored samples of RUN again with the reward NAME, or with the rewards of a config.

    RUN is a run's folder, an audit's, or a folder of records; nothing in it is changed. The new records go to
    OUT/records and can be selected from, audited and explained like any others. Printed is what changed:
    how many samples of each status and state went where, and which.

    \b
    Examples:
      reasoners rewards rescore runs/demo number where=last --out replay
      reasoners rewards rescore runs/demo --config demo rewards.0.params.marker='=' --out replay --resume
    """
    from rich.console import Console

    from reasoners.cli.progress import progress_display
    from rewards.rescore import rescore
    from rewards.runner import Runner

    check_audit(run)
    runner = Runner(workers, deadline)
    try:
        suite = _suite(words, config, runner)
        with progress_display(Console(quiet=quiet, stderr=True)) as progress:
            changes = rescore(run, suite, out, split=split, against=against, resume=resume, progress=progress)
    except KeyboardInterrupt:
        click.echo(
            f"stopped. What is finished is in {out}; the same command with --resume goes on.", err=True
        )
        raise SystemExit(130) from None
    finally:
        runner.close()
    if not emit_json(json_target, changes.to_json() | {"out": str(out)}):
        click.echo("\n".join(lines(changes, out)))


def _suite(words: tuple[str, ...], config: str | None, runner: Runner) -> Suite:
    from rewards.suite import Suite

    if config is None:
        if not words or "=" in words[0]:
            raise click.UsageError("say what to score with: a reward's NAME, or --config CONFIG.")
        name, *params = words
        return Suite.from_config([{"name": name, "params": reward_params(name, params)}], runner)
    from reasoners.config import load_config

    if any("=" not in word for word in words):
        raise click.UsageError("--config brings the rewards; leave NAME out. Only key=value may follow.")
    settings = load_config(config, parse_assignments(words))
    return Suite.from_config(settings.reward_entries(), runner)


def lines(changes: Changes, out: Path) -> Iterator[str]:
    """Yield the comparison as text."""
    found = changes.to_json()
    yield (
        f"{changes.rows} samples, {changes.changed} changed; mean {_number(found['old_mean'])} -> "
        + _number(found["new_mean"])
    )
    yield from _table("state", changes.states)
    yield from _table("status", changes.statuses)
    for title, rows in (
        ("paid before, not now", changes.lost),
        ("paid now, not before", changes.won),
        ("largest changes", changes.largest),
    ):
        if rows:
            yield f"{title}:"
            yield from (_sample(row) for row in rows)
    yield f"records  {out / 'records'}"


def _table(title: str, counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    for (old, new), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {title:<7} {old:>14} -> {new:<14} {count:>9}" + ("" if old == new else "  *")


def _sample(row: Mapping[str, Any]) -> str:
    where = f"{row['split']} step {row['step']} {row['prompt_id']} sample {row['sample']}"
    moved = f"{_number(row['old'])} ({row['old_status']}) -> {_number(row['new'])} ({row['new_status']})"
    return visible(f"  {where}: {moved}" + (f": {row['reason']:.100}" if row["reason"] else ""))


def _number(value: float | None) -> str:
    return "masked" if value is None else f"{value:.4g}"
