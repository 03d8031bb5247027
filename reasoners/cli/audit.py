"""`reasoners audit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
@click.option("--split", type=click.Choice(["eval", "train"]), help="Rows of a CONFIG; default: eval.")
@click.option("--name", help="Name of the audit in reports; default: the model's.")
@click.option("--report", type=click.Path(path_type=Path), help="Write an HTML report to this file.")
@click.option(
    "--counts", type=click.Path(path_type=Path), help="Sum up counts from this file; sample nothing."
)
@click.option(
    "--benchmark", help="Audit on this benchmark in place of a CONFIG (`reasoners benchmarks list`)."
)
@click.option("--data", type=click.Path(path_type=Path), help="The benchmark's local copy: a file or folder.")
@click.option("--size", type=click.IntRange(1), help="Use only this many problems of the benchmark.")
@click.option("--engine", help="transformers, vllm, or the address of an OpenAI-compatible server.")
@click.option(
    "--suite", type=click.Path(path_type=Path), help="Audit the models and benchmarks of this file."
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
    suite: Path | None,
    **options: Any,
) -> None:
    """Sample a model n times per held-out problem and estimate pass@k with 95 % intervals.

    CONFIG (a file or the name of a recipe) says problems, rewards and sampling settings. A stopped audit
    goes on where it was with the same command; a larger --n adds to what is there.

    With --benchmark NAME problems, prompt and rewards are those of the benchmark; with --suite FILE several
    models are audited on several benchmarks. With --counts FILE nothing is sampled; FILE has lines of
    problem_id, n, c.

    \b
    Examples:
      reasoners audit configs/demo.yaml
      reasoners audit demo --model runs/demo/model --n 64 --out audits/tuned --report tuned.html
      reasoners audit demo audit.temperature=0.6 --k 1,8,16 --json
      reasoners audit --benchmark gsm8k --model Qwen/Qwen2.5-0.5B --n 16 audit.temperature=0.6
      reasoners audit demo --model my-model --engine http://localhost:8000/v1
      reasoners audit --suite study.yaml
      reasoners audit --counts counts.jsonl --k 1,2,4 --json out.json
    """
    ks = parse_ks(k_list)
    if counts is not None:
        if config is not None or suite is not None or _any_given(options):
            raise click.UsageError("--counts sums up a file; it takes --k, --json and nothing of a CONFIG.")
        if report is not None:
            raise click.UsageError("--report needs samples; with --counts there are none.")
        return _from_counts(counts, ks, json_target)
    if suite is not None:
        if config is not None or report is not None or ks is not None or _any_given(options):
            raise click.UsageError("--suite FILE says everything itself; it takes --json and --quiet only.")
        return _suite(suite, quiet, json_target)
    if options["benchmark"] is not None:
        if options["split"] is not None:
            raise click.UsageError("--split goes with a CONFIG; a benchmark has one set of problems.")
        overrides, config = (*([config] if config else []), *overrides), None
    elif config is None:
        raise click.UsageError(
            "give a CONFIG (for example `demo`), --benchmark NAME, --suite FILE or --counts FILE."
        )
    result, folder = _sample(config, overrides, ks, quiet, options)
    said = _write_report(report, folder)
    if not emit_json(json_target, result):
        _print(result, folder, report, said)
    return None


def _any_given(options: Mapping[str, Any]) -> bool:
    return any(value is not None for value in options.values())


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
    from eval.summary import limit_note

    summary = summarise(read_counts(path), ks)
    notes = [] if ks else limit_note(summary.counts)
    if not emit_json(json_target, {**summary.to_json(), "notes": notes}):
        print_summary(summary)
        for note in notes:
            click.echo(note)


def _sample(
    config: str | None, overrides: tuple[str, ...], ks: list[int] | None, quiet: bool, options: dict[str, Any]
) -> tuple[dict[str, Any], Path]:
    from reasoners.auditing import audit_model, default_out

    settings, rows = _source(config, overrides, options)
    folder = options["out"] or default_out(settings, options["model"])
    kept = {name: options[name] for name in ("model", "n", "greedy", "name")}
    kept["split"] = options["split"] or "eval"
    with _display(quiet, f"{folder}") as shown:
        result = audit_model(settings, **kept, out=folder, ks=ks, rows=rows, **shown)
    return result, folder


def _source(config: str | None, overrides: tuple[str, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """Return the settings and, of a benchmark, its rows."""
    from reasoners.config import load_config

    values = parse_assignments(overrides)
    if options["engine"] is not None:
        values["audit.engine"] = options["engine"]
    if config is not None:
        if options["data"] is not None or options["size"] is not None:
            raise click.UsageError(
                "--data and --size go with --benchmark; a CONFIG has data.eval and data.eval_size."
            )
        return load_config(config, values), None
    if options["model"] is None:
        raise click.UsageError("--benchmark needs --model, for example --model embedded:smollm2-135m.")
    from eval.suites.table import find_benchmark
    from reasoners.auditing import benchmark_config, load_benchmark_rows

    benchmark = find_benchmark(options["benchmark"])
    settings = benchmark_config(benchmark, values)
    return settings, load_benchmark_rows(benchmark, options["data"], options["size"], settings.run.seed)


@contextmanager
def _display(quiet: bool, where: str) -> Iterator[dict[str, Any]]:
    """Yield `progress` and `say` for the audit functions; Ctrl-C is one sentence and status 130."""
    from rich.console import Console

    from reasoners.cli.progress import progress_display

    console = Console(quiet=quiet, stderr=True)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    try:
        with progress_display(console) as progress:
            yield {"progress": progress, "say": say}
    except KeyboardInterrupt:
        click.echo(f"stopped. The samples made so far are in {where}; the same command goes on.", err=True)
        raise SystemExit(130) from None


def _suite(path: Path, quiet: bool, json_target: str | None) -> None:
    from eval.words import interval, percent
    from reasoners.audit_suite import load_suite, run_suite

    suite = load_suite(path)
    with _display(quiet, str(suite.out)) as shown:
        done = run_suite(suite, **shown)
    rows = [
        {"benchmark": a.benchmark, "model": a.model, "folder": str(a.folder), "k": a.result["summary"]["k"]}
        for a in done
    ]
    if emit_json(json_target, {"audits": rows}):
        return
    for row in rows:
        first, last = row["k"][0], row["k"][-1]
        shown_k = [first] if first is last else [first, last]
        figures = ", ".join(
            f"pass@{k['k']} {percent(k['pass_at_k'])} {interval(k['low'], k['high'])}" for k in shown_k
        )
        click.echo(f"{row['benchmark']}, {row['model']}: {figures}  {row['folder']}")


def _write_report(path: Path | None, folder: Path) -> list[str]:
    """Write the report, if one is wanted, and return what its guess control says."""
    if path is None:
        return []
    from eval.report import write_report
    from reasoners.audit_report import guess_sentences, make_report

    made = make_report([folder])
    write_report(path, made)
    return guess_sentences(made)


def _print(result: dict[str, Any], folder: Path, report: Path | None, said: Sequence[str]) -> None:
    from eval.views import load_audit, print_summary
    from eval.words import interval, percent

    print_summary(load_audit(folder, samples=0).summary, result["name"])
    if result["greedy_accuracy"] is not None:
        click.echo(f"Greedy accuracy: {percent(result['greedy_accuracy'])}.")
    shares = {**result["rates"], **{f"format {name}": share for name, share in result["formats"].items()}}
    click.echo("Samples: " + ", ".join(f"{name} {percent(share)}" for name, share in shares.items()) + ".")
    if focus := result.get("focus"):
        click.echo(
            f"Focus, these problems: pass@{focus['k']} {percent(focus['pass_at_k'])} "
            f"{interval(focus['same_low'], focus['same_high'])}, from {focus['least']} to {focus['most']} samples a "
            f"problem, {focus['samples_per_problem']:.1f} on average."
        )
    for note in [*result["notes"], *said]:
        click.echo(note)
    click.echo(f"audit    {folder}")
    if report is not None:
        click.echo(f"report   {report}")
