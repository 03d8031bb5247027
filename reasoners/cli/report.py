"""`reasoners report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reasoners.cli.audit import parse_ks
from reasoners.cli.common import emit_json, json_option
from rewards.errors import ToolkitError

PLACE = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PLACE, metavar="PATH...")
@click.option("--out", type=PLACE, help="The page; default: report.html, if no other form is asked for.")
@click.option("--markdown", type=PLACE, help="Also write Markdown to this file.")
@click.option("--title", help="Heading of the page.")
@click.option(
    "--k", "k_list", metavar="1,2,4", help="Values of k; default: powers of two up to the smallest n."
)
@click.option("--common-only", is_flag=True, help="Leave out problems that only one audit has.")
@click.option(
    "--mixed-settings",
    is_flag=True,
    help="Compare audits that were sampled, judged or asked differently, and say so first.",
)
@click.option(
    "--bare",
    multiple=True,
    type=PLACE,
    metavar="AUDIT",
    help="Audit of the same problems with a prompt that asks for the bare answer. Give one for all, or one per audit.",
)
@click.option(
    "--verifier", type=PLACE, metavar="FILE", help="What `reasoners rewards audit NAME --json FILE` wrote."
)
@click.option(
    "--samples", type=click.IntRange(0), default=8, show_default=True, help="Samples shown per problem."
)
@click.option(
    "--explain",
    "explained",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Samples explained per audit.",
)
@json_option()
def report(paths: tuple[Path, ...], out: Path | None, json_target: str | None, **options: Any) -> None:
    """Show audits and training runs on one page that works offline; also as Markdown and JSON.

    PATH is the folder of an audit or of a training run. Two audits are base and tuned, and are compared. Several
    runs stand side by side. Two audits with other sampling settings, rewards or prompts are refused;
    --mixed-settings compares them nevertheless and says so first.

    \b
    Examples:
      reasoners report audits/base audits/tuned --out report.html
      reasoners report audits/base audits/tuned runs/demo --markdown report.md --json report.json
      reasoners report audits/base --bare audits/base-bare --verifier verifier.json
      reasoners report runs/grpo runs/ppo runs/rloo --out runs.html
    """
    from eval.report import render_markdown, report_json, report_verdicts, report_warnings, write_report
    from reasoners.audit_report import Wanted, make_report

    markdown, ks = options.pop("markdown"), parse_ks(options.pop("k_list"))
    mixed = options.pop("mixed_settings")
    made = make_report(*_sorted(paths), Wanted(ks=ks, mixed=mixed, **options))
    if out is None and markdown is None and json_target is None:
        out = Path("report.html")
    if out is not None:
        write_report(out, made)
    if markdown is not None:
        _write(markdown, render_markdown(made))
    told = report_warnings(made)
    for sentence in told:
        click.echo(f"warning: {sentence}", err=True)
    if json_target is None or not emit_json(json_target, report_json(made)):
        for sentence in report_verdicts(made)[len(told) :]:  # the warnings are on stderr
            click.echo(sentence)
        for name, path in (("report", out), ("markdown", markdown), ("json", json_target)):
            if path is not None:
                click.echo(f"{name:<8} {path}")


def _sorted(paths: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """Return the folders of audits and those of runs."""
    audits = [p for p in paths if (p / "audit.json").is_file()]
    runs = [p for p in paths if p not in audits and (p / "metrics.jsonl").is_file()]
    strange = [p for p in paths if p not in audits and p not in runs]
    if strange:
        raise ToolkitError(
            f"{strange[0]} is neither the folder of an audit (with audit.json) nor of a training run (with "
            "metrics.jsonl)."
        )
    if len(audits) > 2:
        raise ToolkitError(
            f"a report shows one audit, or a base and a tuned one; got {len(audits)}: {', '.join(map(str, audits))}."
        )
    return audits, runs


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolkitError(f"cannot write {path}: {error.strerror}.") from error
