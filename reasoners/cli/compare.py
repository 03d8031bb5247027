"""`reasoners compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.audit import parse_ks
from reasoners.cli.common import emit_json, json_option

if TYPE_CHECKING:
    from eval import AuditView, Comparison, Curve

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
    if not emit_json(json_target, found.to_json()):
        print_family(found)


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
    from eval.verdicts import verdicts, warnings
    from eval.views import print_comparison

    views = _views(base, tuned, counts, with_samples=out is not None)
    found = compare_counts(views[0].counts, views[1].counts, *settings)
    if out is not None:
        _write_report(out, views, found, run)
    for warning in warnings(found):
        click.echo(f"warning: {warning}", err=True)
    names = {"base_name": views[0].name, "tuned_name": views[1].name}
    told = {"verdicts": verdicts(found), "warnings": warnings(found), "report": str(out) if out else None}
    if not emit_json(json_target, {**names, **found.to_json(), **told}):
        print_comparison(found, (views[0].name, views[1].name))
        if out is not None:
            click.echo(f"report   {out}")


def _views(base: Path, tuned: Path, counts: bool, with_samples: bool) -> tuple[AuditView, AuditView]:
    """Read both audits, and give them different names."""
    from dataclasses import replace

    from eval.views import SAMPLES_SHOWN

    shown = SAMPLES_SHOWN if with_samples else 0
    left, right = _view(base, counts, shown), _view(tuned, counts, shown)
    if left.name != right.name:
        return left, right
    names = (base.name, tuned.name) if base.name != tuned.name else ("base", "tuned")
    return replace(left, name=names[0]), replace(right, name=names[1])


def _view(place: Path, counts: bool, shown: int) -> AuditView:
    from eval import AuditView, read_counts, summarise
    from eval.views import load_audit

    return AuditView(place.stem, summarise(read_counts(place))) if counts else load_audit(place, shown)


def _write_report(out: Path, views: tuple[AuditView, AuditView], found: Comparison, run: Path | None) -> None:
    from eval.report import Report, write_report

    base, tuned = views
    title = f"{tuned.name} compared with {base.name}"
    curves = training_curves(run) if run else []
    provenance = {"training run": str(run)} if run else {}
    write_report(out, Report(title, views, found, curves, provenance=provenance))


def training_curves(run: Path) -> list[Curve]:
    """Return the charts of a run's metrics: reward, formats, groups without signal, lengths.

    Raises:
        ToolkitError: the folder holds no metrics.
    """
    from eval import Curve
    from reasoners.run_folder import read_metrics
    from rewards.errors import ToolkitError

    path = run / "metrics.jsonl"
    try:
        metrics = read_metrics(path)
    except OSError as error:
        raise ToolkitError(
            f"cannot read {path}: {error.strerror}; --run takes the folder of a run."
        ) from error
    formats = sorted({key for row in metrics for key in row if key.startswith("format/")})
    groups = ["groups/all_right", "groups/all_wrong"]
    wanted: list[tuple[str, str, list[str], bool]] = [
        ("Reward while training", "mean of the step", ["reward", "correct"], False),
        ("Formats while training", "share of samples", formats, True),
        ("Groups without signal", "share of groups", groups, True),
        ("Length of completions", "tokens", ["completions/mean_length"], False),
    ]
    charts = [
        Curve(title, "step", y, _series(metrics, names), percent) for title, y, names, percent in wanted
    ]
    return [chart for chart in charts if chart.series]


def _series(metrics: list[dict[str, Any]], names: list[str]) -> dict[str, tuple[list[int], list[float]]]:
    from reasoners.plots import series

    found = {name.rpartition("/")[2].replace("_", " "): series(metrics, name) for name in names}
    kept: dict[str, tuple[list[int], list[float]]] = {}
    for name, line in found.items():
        if line[0] and line not in kept.values():  # one line where, say, reward and correct are the same
            kept[name] = line
    return kept
