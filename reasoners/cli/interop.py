"""`reasoners import` and `reasoners export`: results of other harnesses in, ours out."""

from __future__ import annotations

from pathlib import Path

import click

from reasoners.cli.common import emit_json, json_option


@click.command("import")
@click.argument("kind", metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the audit to write.")
@click.option("--score", help="Which of the file's scores to read, where there are several.")
@click.option("--name", help="Name of the model in reports; default: the folder's.")
@click.option("--k", "k_list", metavar="1,2,4", help="Values of k; default: powers of two up to n.")
@json_option()
def import_command(
    kind: str, files: tuple[Path, ...], out: Path, score: str | None, name: str | None, k_list: str | None,
    json_target: str | None,
) -> None:  # fmt: skip
    """Turn results of another harness into an audit, for `reasoners compare` and reports.

    FORMAT is lm-eval, lighteval, inspect, evalplus or plain (JSON Lines, JSON or CSV with id, n, c, or with id and
    correct). Samples of one problem in several FILES are pooled, as runs with several seeds are; files of several
    tasks whose ids are the same are refused.

    \b
    Examples:
      reasoners import lm-eval out/samples_gsm8k_2026-01-01.jsonl --out audits/base --score exact_match,strict-match
      reasoners import inspect logs/a.eval logs/b.eval --out audits/tuned --k 1,8
      reasoners import plain counts.csv --out audits/theirs
    """
    from eval.interop.read import read_foreign, write_import
    from eval.views import load_audit, print_summary
    from reasoners.cli.audit import parse_ks

    found = read_foreign(kind, files, score)
    source = f"{kind}: {', '.join(path.name for path in files)}" + (
        f", score {found.score}" if found.score else ""
    )
    result = write_import(out, found, name or out.name, parse_ks(k_list), source)
    if emit_json(json_target, result):
        return
    print_summary(load_audit(out, samples=0).summary, result["name"])
    for note in result["notes"]:
        click.echo(note)
    click.echo(f"audit    {out}")


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the files to write.")
@click.option("--task", default="audit", show_default=True, help="Name of the task in the files.")
@json_option()
def export_command(folder: Path, out: Path, task: str, json_target: str | None) -> None:
    """Write an audit in the form of lm-evaluation-harness: results.json and samples_TASK.jsonl.

    \b
    Example:
      reasoners export audits/tuned --out exported --task gsm8k
    """
    from eval.interop.export import export_lm_eval

    written = export_lm_eval(folder, out, task)
    if not emit_json(json_target, {"files": [str(path) for path in written]}):
        for path in written:
            click.echo(path)
