"""`reasoners compare`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
@click.option(
    "--mixed-settings",
    is_flag=True,
    help="Compare audits that were sampled, judged or asked differently, and say so first.",
)
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
    mixed_settings: bool,
    run: Path | None,
    out: Path | None,
    json_target: str | None,
) -> None:
    """Compare two audits of the same problems, BASE and TUNED, problem by problem.

    Prints pass@k of both, the paired difference with its interval, where the curves cross, what became
    solvable or was lost and how much of that may be luck. With several TUNED, each is compared with BASE, and
    the intervals hold for all of them together.

    Audits with other sampling settings, rewards or prompts than BASE are refused; --mixed-settings compares them
    nevertheless. Seeds, n, models and engines may differ.

    \b
    Examples:
      reasoners compare audits/base audits/tuned --out report.html
      reasoners compare audits/base audits/tuned --k 1,8,64 --run runs/demo --out report.html
      reasoners compare --counts base.jsonl tuned.jsonl --json out.json
      reasoners compare audits/base audits/step100 audits/step200 audits/step300
    """
    settings = Settings(parse_ks(k_list), confidence, common_only, mixed_settings)
    if run is not None and out is None:
        raise click.UsageError("--run adds curves to a report; give --out too.")
    if len(tuned) > 1:
        if out is not None:
            raise click.UsageError("a report shows two audits; --out takes one TUNED.")
        return _compare_many([base, *tuned], counts, settings, json_target)
    return _compare_two(base, tuned[0], counts, settings, run, out, json_target)


class Settings(NamedTuple):
    """What is asked of a comparison."""

    ks: list[int] | None
    confidence: float
    common_only: bool
    mixed: bool

    @property
    def plain(self) -> tuple[list[int] | None, float, bool]:
        """Return what the estimators take."""
        return self[:3]


def _compare_many(places: list[Path], counts: bool, settings: Settings, json_target: str | None) -> None:
    from eval.adaptive import adaptive_caveats
    from eval.family import compare_many
    from eval.summary import limit_note
    from eval.tables import print_family

    views = [_view(place, counts, 0) for place in places]
    names = [view.name for view in views]
    if len(set(names)) < len(names):
        names = [str(place) for place in places]
    if len(set(names)) < len(names):
        raise click.UsageError("the same audit is given twice.")
    found = compare_many(dict(zip(names, (v.counts for v in views), strict=True)), *settings.plain)
    views = [replace(view, name=name) for view, name in zip(views, names, strict=True)]
    left_out = (
        [f"{len(found.left_out)} problems that not every model has are left out."] if found.left_out else []
    )
    if settings.plain[0] is None:
        compared = [x for view in views for x in view.counts if x.problem_id not in set(found.left_out)]
        left_out += limit_note(compared)
    warned, unknown = _warned(views, [] if counts else places, settings.mixed, left_out)
    caveats = adaptive_caveats(views)
    told = {"caveats": caveats, "not_known": unknown, "warnings": warned}
    if not emit_json(json_target, {**found.to_json(), **told}):
        print_family(found)
        for sentence in [*caveats, *unknown]:
            click.echo(f"- {sentence}")


def _warned(
    views: Sequence[AuditView], folders: Sequence[Path], mixed: bool, left_out: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Refuse what is not comparable; print and return what must be said first, and what is not known.

    `folders` are those of the views, none for files of counts.
    """
    from eval.comparable import check_comparable, not_known
    from eval.twins import twins
    from eval.views import alarms

    sides = list(zip(views, folders, strict=True)) if folders else []
    differ = check_comparable(sides, mixed) if sides else []
    alike = twins([v.name for v in views], folders) if folders else []
    said = [*differ, *left_out, *alarms(views), *alike]
    for sentence in said:
        click.echo(f"warning: {sentence}", err=True)
    return said, not_known(sides)


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
    places = () if counts else (base, tuned)
    found = compare_counts(views[0].counts, views[1].counts, *settings.plain)
    warned, unknown = _warned(views, places, settings.mixed, warnings(found))
    guesses = [] if out is None else _write_report(out, places, views, found, settings, run)
    names = {"base_name": views[0].name, "tuned_name": views[1].name}
    caveats, adaptive = adaptive_caveats(views), focused_difference(views)
    told = {
        "verdicts": [*verdicts(found), *guesses],
        "caveats": caveats,
        "not_known": unknown,
        "adaptive": None if adaptive is None else adaptive.to_json(),
        "warnings": warned,
        "report": str(out) if out else None,
    }
    if not emit_json(json_target, {**names, **found.to_json(), **told}):
        print_comparison(found, (views[0].name, views[1].name))
        for sentence in [*guesses, *caveats, *unknown]:
            click.echo(f"- {sentence}")
        if out is not None:
            click.echo(f"report   {out}")


def _view(place: Path, counts: bool, shown: int) -> AuditView:
    from eval import AuditView, read_counts, summarise
    from eval.views import load_audit

    return AuditView(place.stem, summarise(read_counts(place))) if counts else load_audit(place, shown)


def _write_report(
    out: Path,
    folders: Sequence[Path],
    views: Sequence[AuditView],
    found: Comparison,
    settings: Settings,
    run: Path | None,
) -> list[str]:
    """Write the report that `reasoners report` would write; return what its guess control adds to the verdict."""
    from eval.comparable import not_known
    from eval.report import Report, write_report
    from reasoners.audit_report import Wanted, guess_sentences, make_report
    from reasoners.run_report import run_views

    runs = [run] if run else []
    if folders:
        made = make_report(folders, runs, Wanted(*settings.plain, mixed=settings.mixed))
    else:  # files of counts: nothing but the comparison can be shown
        title = f"{views[1].name} compared with {views[0].name}"
        unknown = not_known([(view, None) for view in views])
        made = Report(title, views, found, runs=run_views(runs)[0] if runs else [], notes=unknown)
    write_report(out, made)
    return guess_sentences(made)
