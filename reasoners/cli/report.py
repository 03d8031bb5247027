"""`reasoners report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.audit import parse_ks
from reasoners.cli.common import emit_json, json_option
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from eval import AuditView
    from eval.guess import VerifierErrors
    from eval.guess.view import GuessView
    from eval.report import Curve, Report

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
    "most",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Samples explained per audit.",
)
@json_option()
def report(paths: tuple[Path, ...], out: Path | None, json_target: str | None, **options: Any) -> None:
    """Show audits and training runs on one page that works offline; also as Markdown and JSON.

    PATH is the folder of an audit or of a training run. Two audits are base and tuned, and are compared. Several
    runs stand side by side.

    \b
    Examples:
      reasoners report audits/base audits/tuned --out report.html
      reasoners report audits/base audits/tuned runs/demo --markdown report.md --json report.json
      reasoners report audits/base --bare audits/base-bare --verifier verifier.json
      reasoners report runs/grpo runs/ppo runs/rloo --out runs.html
    """
    from eval.report import render_markdown, report_json, write_report

    made = _make(paths, parse_ks(options.pop("k_list")), options)
    markdown = options["markdown"]
    if out is None and markdown is None and json_target is None:
        out = Path("report.html")
    if out is not None:
        write_report(out, made)
    if markdown is not None:
        _write(markdown, render_markdown(made))
    found = report_json(made)
    if not emit_json(json_target, found):
        for sentence in found["verdicts"]:
            click.echo(sentence)
        for name, path in (("report", out), ("markdown", markdown), ("json", json_target)):
            if path is not None:
                click.echo(f"{name:<8} {path}")


def _make(paths: tuple[Path, ...], ks: list[int] | None, options: dict[str, Any]) -> Report:
    from eval import compare
    from eval.report import Report
    from reasoners.run_report import run_views

    audits, runs = _sorted(paths)
    bare, verifier = options["bare"], options["verifier"]
    if (bare or verifier) and not audits:
        raise click.UsageError("--bare and --verifier belong to audits; there is none among the paths.")
    views = _views(audits, options["samples"], ks)
    found = (
        compare(views[0].counts, views[1].counts, ks, common_only=options["common_only"])
        if len(views) == 2
        else None
    )
    shown, curves = run_views(runs) if runs else ([], [])
    explained, notes = _explained(audits, views, options["most"])
    analyses, said = _budgets(audits, views)
    return Report(
        title=options["title"] or _title(views, [run.name for run in shown]),
        audits=views,
        comparison=found,
        curves=curves,
        notes=[*notes, *said],
        analyses=analyses,
        guesses=_guesses(audits, views, bare, verifier, ks),
        explained=explained,
        runs=shown,
    )


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


def _views(audits: list[Path], samples: int, ks: list[int] | None) -> list[AuditView]:
    from dataclasses import replace

    from eval import load_audit, summarise

    views = [load_audit(folder, samples) for folder in audits]
    if ks is not None:
        views = [replace(v, summary=summarise(v.counts, ks, v.summary.confidence)) for v in views]
    if len(views) == 2 and views[0].name == views[1].name:
        names = [a.name for a in audits] if audits[0].name != audits[1].name else ["base", "tuned"]
        views = [replace(v, name=name) for v, name in zip(views, names, strict=True)]
    return views


def _title(views: list[AuditView], runs: list[str]) -> str:
    if len(views) == 2:
        return f"{views[1].name} compared with {views[0].name}"
    if views:
        return f"Audit of {views[0].name}"
    return f"Training: {', '.join(runs)}"


def _guesses(
    audits: list[Path],
    views: list[AuditView],
    bare: tuple[Path, ...],
    verifier: Path | None,
    ks: list[int] | None,
) -> list[GuessView]:
    from eval import load_audit
    from eval.guess import VerifierErrors
    from eval.guess.view import load_guesses

    if len(bare) not in (0, 1, len(audits)):
        raise click.UsageError(
            f"--bare is given {len(bare)} times for {len(audits)} audits; once, or once each."
        )
    plain = [load_audit(folder, 0) for folder in bare]
    each = plain * len(audits) if len(plain) == 1 else plain
    errors: VerifierErrors | None = VerifierErrors.from_file(verifier) if verifier else None
    found = []
    for i, (folder, view) in enumerate(zip(audits, views, strict=True)):
        baseline = (each[i].name, each[i].counts) if each else None
        made = load_guesses(
            *(folder, view.counts, view.summary.n_range[1]),
            references=view.references,
            baseline=baseline,
            errors=errors,
            ks=ks,
        )
        found.append(made)
    return found


def _budgets(audits: list[Path], views: list[AuditView]) -> tuple[list[Curve], list[str]]:
    """Return the chart of accuracy under caps on the length, and its regret in words."""
    from eval.analyses import audit_budget, budget_regret
    from eval.report import Curve

    own = [rows for folder in audits if (rows := audit_budget(folder))]
    if len(own) < len(audits) or not own:
        return [], []
    caps = [row.budget for row in max(own, key=lambda rows: rows[-1].budget)]  # one scale for both
    found = {view.name: audit_budget(folder, caps) for folder, view in zip(audits, views, strict=True)}
    lines = {name: ([r.budget for r in rows], [r.accuracy for r in rows]) for name, rows in found.items()}
    said = [
        f"{name}: normalised regret {budget_regret(rows):.3f} at {rows[-1].budget} tokens: one minus the area under "
        "the share of samples that are right within a budget, over the budget (0: always right at once, 1: never)."
        for name, rows in found.items()
    ]
    title = "Right within a budget of tokens"
    return [Curve(title, "tokens", "share of samples", lines, True, 0 if len(views) > 1 else 1)], said


def _explained(
    audits: list[Path], views: list[AuditView], most: int
) -> tuple[dict[tuple[int, str, int], dict[str, str]], list[str]]:
    """Return what the verifier read, for problems whose outcome changed first; and why not, where it cannot be said."""
    from eval.report import explain_samples

    order = [problem for problem, _ in sorted(_ranks(views).items(), key=lambda item: item[1])]
    found: dict[tuple[int, str, int], dict[str, str]] = {}
    notes = []
    for i, (folder, view) in enumerate(zip(audits, views, strict=True)):
        try:
            told = explain_samples(folder, view, order, most)
        except ToolkitError as error:
            notes.append(f"{view.name}: {error}")
            continue
        found |= {(i, *key): text for key, text in told.items()}
    return found, notes


def _ranks(views: list[AuditView]) -> dict[str, int]:
    """Return problem id -> 0 where one model solves it and the other does not, 1 where some samples do, else 2."""
    solved: dict[str, list[float]] = {}
    for view in views:
        for x in view.counts:
            solved.setdefault(x.problem_id, []).append(x.c / x.n)
    return {
        p: 0 if min(s) == 0 < max(s) else 1 if any(0 < x < 1 for x in s) else 2 for p, s in solved.items()
    }


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolkitError(f"cannot write {path}: {error.strerror}.") from error
