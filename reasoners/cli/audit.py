"""`reasoners audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import emit_json, json_option, parse_assignments
from rewards.errors import ToolkitError


@click.command()
@click.argument("config", required=False)
@click.argument("overrides", nargs=-1, metavar="[key=value]...")
@click.option("--model", help="Folder, hub id or embedded model; default: the config's model (the base).")
@click.option("--n", type=click.IntRange(1), help="Samples per problem; default: audit.n of the config.")
@click.option("--k", "k_list", metavar="1,2,4", help="Values of k; default: powers of two up to n.")
@click.option("--out", type=click.Path(path_type=Path), help="The audit's folder; samples there are used.")
@click.option("--greedy/--no-greedy", default=None, help="Also measure greedy accuracy.")
@click.option("--split", type=click.Choice(["eval", "train"]), default="eval", show_default=True)
@click.option("--name", help="Name of the audit in reports; default: the model's.")
@click.option("--report", type=click.Path(path_type=Path), help="Write an HTML report to this file.")
@click.option(
    "--counts", type=click.Path(path_type=Path), help="Sum up counts from this file; sample nothing."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option()
def audit(
    config: str | None,
    overrides: tuple[str, ...],
    counts: Path | None,
    k_list: str | None,
    json_target: str | None,
    report: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Sample a model n times per held-out problem and estimate pass@k with 95 % intervals.

    CONFIG (a file or the name of a recipe) says problems, rewards and sampling settings. A stopped audit
    goes on where it was with the same command; a larger --n adds to what is there.

    With --counts FILE nothing is sampled; FILE has lines of problem_id, n, c.

    \b
    Examples:
      reasoners audit configs/demo.yaml
      reasoners audit demo --model runs/demo/model --n 64 --out audits/tuned --report tuned.html
      reasoners audit demo audit.temperature=0.6 --k 1,8,16 --json
      reasoners audit --counts counts.jsonl --k 1,2,4 --json out.json
    """
    ks = parse_ks(k_list)
    if counts is not None:
        if config is not None or any(value is not None for key, value in options.items() if key != "split"):
            raise click.UsageError("--counts sums up a file; it takes --k, --json and nothing of a CONFIG.")
        if report is not None:
            raise click.UsageError("--report needs samples; with --counts there are none.")
        return _from_counts(counts, ks, json_target)
    if config is None:
        raise click.UsageError("give a CONFIG (for example `demo`), or --counts FILE.")
    result, folder = _sample(config, overrides, ks, quiet, options)
    _write_report(report, folder)
    if not emit_json(json_target, result):
        _print(result, folder, report)
    return None


def parse_ks(text: str | None) -> list[int] | None:
    """Read `1,2,4`. Raises `ToolkitError`."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isdecimal() and int(word) > 0 for word in words):
        raise ToolkitError(f"--k takes whole numbers from 1, separated by commas; got `{text}`.")
    return sorted({int(word) for word in words})


def _from_counts(path: Path, ks: list[int] | None, json_target: str | None) -> None:
    from eval import print_summary, read_counts, summarise

    summary = summarise(read_counts(path), ks)
    if not emit_json(json_target, summary.to_json()):
        print_summary(summary)


def _sample(
    config: str, overrides: tuple[str, ...], ks: list[int] | None, quiet: bool, options: dict[str, Any]
) -> tuple[dict[str, Any], Path]:
    from rich.console import Console

    from reasoners.auditing import audit_model, default_out
    from reasoners.cli.progress import progress_display
    from reasoners.config import load_config

    settings = load_config(config, parse_assignments(overrides))
    folder = options["out"] or default_out(settings, options["model"])
    console = Console(quiet=quiet, stderr=True)
    try:
        with progress_display(console) as progress:
            result = audit_model(
                settings,
                **{**options, "out": folder},
                ks=ks,
                progress=progress,
                say=lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True),
            )
    except KeyboardInterrupt:
        click.echo(f"stopped. The samples made so far are in {folder}; the same command goes on.", err=True)
        raise SystemExit(130) from None
    return result, folder


def _write_report(path: Path | None, folder: Path) -> None:
    if path is None:
        return
    from eval.report import Report, write_report
    from eval.views import load_audit

    view = load_audit(folder)
    write_report(path, Report(f"Audit of {view.name}", [view]))


def _print(result: dict[str, Any], folder: Path, report: Path | None) -> None:
    from eval.views import load_audit, print_summary
    from eval.words import percent

    print_summary(load_audit(folder, samples=0).summary, result["name"])
    if result["greedy_accuracy"] is not None:
        click.echo(f"Greedy accuracy: {percent(result['greedy_accuracy'])}.")
    shares = {**result["rates"], **{f"format {name}": share for name, share in result["formats"].items()}}
    click.echo("Samples: " + ", ".join(f"{name} {percent(share)}" for name, share in shares.items()) + ".")
    for note in result["notes"]:
        click.echo(note)
    click.echo(f"audit    {folder}")
    if report is not None:
        click.echo(f"report   {report}")
