"""`reasoners compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reasoners.cli.audit import parse_ks
from reasoners.cli.common import emit_json, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval import AuditView, Comparison

PLACE = click.Path(path_type=Path)
LEVEL = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("base", type=PLACE)
@click.argument("tuned", type=PLACE, nargs=-1, required=True)
@click.option("--counts", is_flag=True, help='BASE and TUNED are files of {"problem_id", "n", "c"} lines.')
@click.option(
    "--k", "k_list", metavar="1,2,4", help="Values of k; default: powers of two up to the smallest n."
)
@click.option("--confidence", type=LEVEL, default=0.95, show_default=True, help="Of all intervals.")
@click.option("--common-only", is_flag=True, help="Leave out problems that only one audit has.")
@click.option("--run", type=PLACE, help="A training run's folder, whose curves join the report.")
@click.option("--out", type=PLACE, help="Write an HTML report to this file: one page that works offline.")
@json_option()
def compare(
    base: Path,
    tuned: tuple[Path, ...],
    counts: bool,
    k_list: str | None,
    confidence: float,
    common_only: bool,
    run: Path | None,
    out: Path | None,
    json_target: str | None,
) -> None:
    """Compare two audits of the same problems, BASE and TUNED, problem by problem.

    Prints pass@k of both, the paired difference with its interval, where the curves cross, what became
    solvable or was lost and how much of that may be luck. With several TUNED, each is compared with BASE, and
    the intervals hold for all of them together.

    \b
    Examples:
      reasoners compare audits/base audits/tuned --out report.html
      reasoners compare audits/base audits/tuned --k 1,8,64 --run runs/demo --out report.html
      reasoners compare --counts base.jsonl tuned.jsonl --json out.json
      reasoners compare audits/base audits/step100 audits/step200 audits/step300
    """
    ks = parse_ks(k_list)
    if run is not None and out is None:
        raise click.UsageError("--run adds curves to a report; give --out too.")
    if len(tuned) > 1:
        if out is not None:
            raise click.UsageError("a report shows two audits; --out takes one TUNED.")
        return _compare_many([base, *tuned], counts, (ks, confidence, common_only), json_target)
    return _compare_two(base, tuned[0], counts, (ks, confidence, common_only), run, out, json_target)


Settings = tuple[list[int] | None, float, bool]


def _compare_many(places: list[Path], counts: bool, settings: Settings, json_target: str | None) -> None:
    from eval.adaptive import adaptive_caveats
    from eval.family import compare_many
    from eval.tables import print_family

    views = [_view(place, counts, 0) for place in places]
    names = [view.name for view in views]
    if len(set(names)) < len(names):
        names = [str(place) for place in places]
    if len(set(names)) < len(names):
        raise click.UsageError("the same audit is given twice.")
    found = compare_many(dict(zip(names, (v.counts for v in views), strict=True)), *settings)
    if found.left_out:
        click.echo(
            f"warning: {len(found.left_out)} problems that not every model has are left out.", err=True
        )
    caveats = adaptive_caveats(views)
    if not emit_json(json_target, {**found.to_json(), "caveats": caveats}):
        print_family(found)
        for sentence in caveats:
            click.echo(f"- {sentence}")


def _compare_two(
    base: Path,
    tuned: Path,
    counts: bool,
    settings: Settings,
    run: Path | None,
    out: Path | None,
    json_target: str | None,
) -> None:
    from eval import compare as compare_counts
    from eval.adaptive import adaptive_caveats, focused_difference
    from eval.verdicts import verdicts, warnings
    from eval.views import print_comparison
    from reasoners.audit_report import named_apart

    views = named_apart([_view(place, counts, 0) for place in (base, tuned)], (base, tuned))
    found = compare_counts(views[0].counts, views[1].counts, *settings)
    guesses = (
        []
        if out is None
        else _write_report(out, None if counts else (base, tuned), views, found, settings, run)
    )
    for warning in warnings(found):
        click.echo(f"warning: {warning}", err=True)
    names = {"base_name": views[0].name, "tuned_name": views[1].name}
    caveats, adaptive = adaptive_caveats(views), focused_difference(views)
    told = {
        "verdicts": [*verdicts(found), *guesses],
        "caveats": caveats,
        "adaptive": None if adaptive is None else adaptive.to_json(),
        "warnings": warnings(found),
        "report": str(out) if out else None,
    }
    if not emit_json(json_target, {**names, **found.to_json(), **told}):
        print_comparison(found, (views[0].name, views[1].name))
        for sentence in [*guesses, *caveats]:
            click.echo(f"- {sentence}")
        if out is not None:
            click.echo(f"report   {out}")


def _view(place: Path, counts: bool, shown: int) -> AuditView:
    from eval import AuditView, read_counts, summarise
    from eval.views import load_audit

    return AuditView(place.stem, summarise(read_counts(place))) if counts else load_audit(place, shown)


def _write_report(
    out: Path,
    folders: tuple[Path, Path] | None,
    views: Sequence[AuditView],
    found: Comparison,
    settings: Settings,
    run: Path | None,
) -> list[str]:
    """Write the report that `reasoners report` would write; return what its guess control adds to the verdict."""
    from eval.report import Report, write_report
    from reasoners.audit_report import Wanted, guess_sentences, make_report
    from reasoners.run_report import run_views

    runs = [run] if run else []
    if folders is not None:
        made = make_report(folders, runs, Wanted(*settings))
    else:  # files of counts: nothing but the comparison can be shown
        title = f"{views[1].name} compared with {views[0].name}"
        made = Report(title, views, found, runs=run_views(runs)[0] if runs else [])
    write_report(out, made)
    return guess_sentences(made)
